import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createClient } from '@connectrpc/connect';
import { AuthorisationsService } from '../../src/gen/xeonr/auth/api/v1/authorisations_service_pb.ts';
import { clientScopes, connectService, connectTransport } from '../connect/face.ts';
import { openDocumented } from '../fixtures/documented-answers.ts';
import { type LogoutReceiver, startLogoutReceiver } from '../fixtures/logout-receiver.ts';
import {
  type LogoutWorld,
  openLogoutWorld,
  readLogoutToken,
  type SignedIn,
  signInAt,
  signInAtNewClient,
} from '../fixtures/logout-world.ts';
import { basic } from '../fixtures/protocol-server.ts';
import type { RelyingParty } from '../fixtures/relying-party.ts';
import { bob, type Resident } from '../fixtures/sign-in-world.ts';
import { root } from '../operator/server-process.ts';
import { run, shellEnvironment } from '../programs.ts';

const orders = { id: 'orders', name: 'Orders', audience: 'https://orders.example/' };
const bound = [{ applicationId: orders.id, config: null }];
const mayEnd = 'openid oauth:client-authorisations:read oauth:client-authorisations:revoke';

interface World extends LogoutWorld {
  readonly context: TestContext;
  /** May ask what a token of any client here is worth. */
  readonly api: RelyingParty;
}

/** Somebody who has signed in at a client that is to be told, and elsewhere; and somebody else at the same client. */
interface Scene {
  readonly resident: Pick<Resident, 'username' | 'password'>;
  readonly here: SignedIn;
  /** In the same session, with `offline_access`. */
  readonly elsewhere: SignedIn;
  readonly stranger: SignedIn;
}

/** One way in which what a person has at a client ends. */
interface Ending {
  readonly end: (world: World, scene: Scene) => Promise<unknown>;
  /** What ends beside the sign-in that it is about. */
  readonly endsAlso: readonly ('elsewhere' | 'stranger')[];
  /** False: the session at the browser lives on. */
  readonly endsSession: boolean;
}

/** Runs `clientele` beside the server, which sees within seconds what is left for it. */
function runCommand({ context, server }: World, ...words: readonly string[]): Promise<void> {
  const env = shellEnvironment({ ...server.database.settings, CLIENTELE_DATA_DIR: server.dataDirectory });
  return run(context, [process.execPath, join(root, 'src/cli/main.ts'), ...words], { cwd: root, env });
}

async function deleteThrough(world: World, path: string): Promise<void> {
  const send = await openDocumented(world.server);
  const token = await world.server.bootstrapToken('login clients:manage:all admin');
  const { status, text } = await send('DELETE', path, { token });
  assert.ok(status < 300, text);
}

/** The service, called with the token of another sign-in of the same person. */
async function authorisationsOf(world: World, { here: { person } }: Scene) {
  const { tokens } = await signInAtNewClient(world, {}, { person, scope: mayEnd });
  return createClient(AuthorisationsService, connectTransport(world.server, tokens.accessToken));
}

/** Sends the first form of an account page that has a field with this name, and a value or a text that is meant. */
async function sendForm({ person }: SignedIn, path: string, name: string, meant: RegExp): Promise<void> {
  const { page } = await person.open(path);
  const form = page?.forms.find(({ fields }) =>
    fields.some((field) => field.name === name && meant.test(field.value)),
  );
  const button = form?.buttons[0] ?? assert.fail(page?.text);
  assert.equal((await person.press(button.id)).status, 200);
}

/** Another browser in which the same person is signed in. */
const elsewhereAs = (world: World, { resident, elsewhere }: Scene) =>
  signInAt(world, elsewhere.relyingParty, { resident });

const endings: Readonly<Record<string, Ending>> = {
  'the account is disabled at the command line': {
    end: (world, { resident }) => runCommand(world, 'accounts', 'disable', resident.username),
    endsAlso: ['elsewhere'],
    endsSession: true,
  },
  'its client is deleted by DeleteClient': {
    end: async ({ server }, { here }) => {
      const service = connectService(server, await server.bootstrapToken(clientScopes));
      await service.deleteClient({ clientId: here.relyingParty.client.id });
    },
    endsAlso: ['stranger'],
    endsSession: false,
  },
  'its client is deleted through the login API': {
    end: (world, { here }) => deleteThrough(world, `/auth/api/login/client/${here.relyingParty.client.id}`),
    endsAlso: ['stranger'],
    endsSession: false,
  },
  'its client is deleted through the clients API': {
    end: (world, { here }) => deleteThrough(world, `/api/clients/${here.relyingParty.client.id}`),
    endsAlso: ['stranger'],
    endsSession: false,
  },
  'the person revokes the authorisation by RevokeAuthorisation': {
    end: async (world, scene) => {
      const service = await authorisationsOf(world, scene);
      const { id: clientId } = scene.here.relyingParty.client;
      const { authorisations } = await service.listAuthorisations({ clientId });
      const [{ authorisationId = '' } = {}] = authorisations;
      await service.revokeAuthorisation({ authorisationId });
    },
    endsAlso: [],
    endsSession: false,
  },
  'the person revokes the authorisation on the account page': {
    end: async ({ server }, { here }) => {
      const { client } = here.relyingParty;
      const [consent] = await server.database.run(
        `select id from consents where client_id = '${client.id}' and account_id = '${here.claims.sub}'`,
      );
      await sendForm(here, '/account/authorisations', 'revoke', new RegExp(`^${consent?.['id']}$`));
    },
    endsAlso: [],
    endsSession: false,
  },
  'the person revokes everything by RevokeAllAuthorisations': {
    end: async (world, scene) => {
      const service = await authorisationsOf(world, scene);
      assert.equal((await service.revokeAllAuthorisations({})).revokedCount, 3);
    },
    endsAlso: ['elsewhere'],
    endsSession: false,
  },
  'the person revokes everything on the account page': {
    end: (_world, { here }) => sendForm(here, '/account/authorisations', 'revoke', /^all$/),
    endsAlso: ['elsewhere'],
    endsSession: false,
  },
  'the person ends the session on the account page of another browser': {
    end: async (world, scene) => {
      const other = await elsewhereAs(world, scene);
      await sendForm(other, '/account/sessions', 'end', /^(?!others$)/);
    },
    endsAlso: [],
    endsSession: true,
  },
  'the person ends every other session': {
    end: async (world, scene) => {
      const other = await elsewhereAs(world, scene);
      await sendForm(other, '/account/sessions', 'end', /^others$/);
    },
    endsAlso: [],
    endsSession: true,
  },
  'the person signs out at the server': {
    end: async (_world, { here: { person } }) => {
      await person.open('/logout');
      await person.confirmLogout();
    },
    endsAlso: [],
    endsSession: true,
  },
};

/** Which tokens of a sign-in still do what they are for. */
async function livingTokens(
  { server, api }: World,
  { relyingParty, tokens }: SignedIn,
): Promise<readonly string[]> {
  const isActive = async (token: string | null) => {
    const answer = await fetch(`${server.issuer}/oauth/introspect`, {
      method: 'POST',
      headers: { authorization: basic(api.client.id, api.secret ?? '') },
      body: new URLSearchParams({ token: token ?? '' }),
    });
    return ((await answer.json()) as { readonly active: boolean }).active;
  };
  const living = {
    userinfo: (await relyingParty.userinfo(tokens.accessToken)).status === 200,
    introspection: await isActive(tokens.accessToken),
    refresh: (await relyingParty.refresh(tokens.refreshToken ?? '')).status === 200,
  };
  return Object.entries(living).flatMap(([kind, lives]) => (lives ? [kind] : []));
}

const everyKind = ['userinfo', 'introspection', 'refresh'];

const people = Object.keys(endings).map((_, index) => ({
  username: `person-${index}`,
  password: `the long way of person ${index}`,
}));

async function open(context: TestContext): Promise<World> {
  const declarations = { applications: [orders], accounts: [bob, ...people] };
  const world = await openLogoutWorld(context, { declarations });
  const api = await world.register({ grantTypes: ['introspect'], applicationId: orders.id });
  return { ...world, context, api };
}

/** Signs them in. */
async function setScene(world: World, party: LogoutReceiver, index: number): Promise<Scene> {
  const resident = people[index] ?? assert.fail();
  const told = { backchannelLogoutUri: party.logoutUri, backchannelLogoutSessionRequired: true };
  const here = await signInAtNewClient(world, { applicationBindings: bound, ...told }, { resident });
  const { person, relyingParty } = here;
  const elsewhere = await signInAtNewClient(
    world,
    { applicationBindings: bound, name: `Elsewhere ${index}` },
    { resident, person, scope: 'openid offline_access' },
  );
  const stranger = await signInAt(world, relyingParty, { resident: bob });
  return { resident, here, elsewhere, stranger };
}

/** Sees to it that the client is told of exactly these sign-ins. */
async function checkTold(
  world: World,
  party: LogoutReceiver,
  [first, ...others]: readonly [SignedIn, ...SignedIn[]],
): Promise<void> {
  const expected = [first, ...others].map(({ claims }) => `${claims.sub} ${claims['sid']}`);
  await party.hasReceived(expected.length);
  const told = await Promise.all(
    party.received.map((_, at) => readLogoutToken(world, party, first.relyingParty, at)),
  );
  assert.deepEqual(told.map(({ sub, sid }) => `${sub} ${sid}`).toSorted(), expected.toSorted());
}

test('whatever ends what a person has at a client, its tokens are dead and the client hears of it', async (context) => {
  const world = await open(context);
  for (const [index, [title, { end, endsAlso, endsSession }]] of Object.entries(endings).entries()) {
    await context.test(title, async () => {
      const party = await startLogoutReceiver(context);
      const scene = await setScene(world, party, index);
      const { here, stranger } = scene;
      for (const name of ['here', 'elsewhere', 'stranger'] as const) {
        assert.deepEqual(await livingTokens(world, scene[name]), everyKind, name);
      }
      await end(world, scene);
      await checkTold(world, party, endsAlso.includes('stranger') ? [here, stranger] : [here]);
      const ended: readonly string[] = ['here', ...endsAlso];
      for (const name of ['here', 'elsewhere', 'stranger'] as const) {
        assert.deepEqual(await livingTokens(world, scene[name]), ended.includes(name) ? [] : everyKind, name);
      }
      const { page } = await here.person.openTab().open('/account');
      assert.equal(page?.url.pathname === '/login', endsSession);
    });
  }
});
