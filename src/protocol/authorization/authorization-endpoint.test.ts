import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  type AuthorizationWorld,
  codeRequest,
  errorOf,
  needOf,
  openAuthorizationWorld,
  responseOf,
} from '../../../test/fixtures/authorization-world.ts';
import { countOpaqueTokens } from '../../../test/fixtures/person-at-client.ts';
import { anAuditEvent } from '../../../test/fixtures/storage-entries.ts';
import type { Client } from '../../clients/client.ts';
import type { Session } from '../../sessions/session.ts';
import type { GrantStore } from '../stored-grant.ts';
import { opaqueTokenHash } from '../tokens/opaque-token.ts';
import { parseAuthorizationForm } from './authorization-form.ts';
import type { AuthorizationEndpoint, AuthorizationOutcome } from './authorization-outcome.ts';
import { UnprovenRequestError } from './unproven-request.ts';

let world: AuthorizationWorld;
before(async () => {
  world = await openAuthorizationWorld();
});
after(() => world[Symbol.asyncDispose]());

async function signedIn(changes: Partial<Client> = {}) {
  const client = await world.client(changes);
  const account = await world.account();
  const session = await world.session(account);
  await world.allow(client, account, ['openid']);
  return { client, account, session };
}

function answer(
  endpoint: AuthorizationEndpoint,
  client: Client,
  sessions: readonly Session[],
  changes: Readonly<Record<string, string>> = {},
): Promise<AuthorizationOutcome> {
  const text = new URLSearchParams(codeRequest(client, changes)).toString();
  return endpoint.answer(parseAuthorizationForm(text), { sessions, progress: world.progress() });
}

/** Stores of grants in which `happens` comes first. */
function insertAfter(happens: () => Promise<unknown>): GrantStore {
  const { grants } = world.stores;
  return {
    ...grants,
    insert: async (entry) => {
      await happens();
      return grants.insert(entry);
    },
  };
}

test('a request of somebody who has a session reads everything at once, and writes once', async () => {
  const { client, session } = await signedIn();
  const calls: string[] = [];
  const noted = <Call extends (...given: never[]) => unknown>(name: string, call: Call): Call =>
    ((...given: never[]) => {
      calls.push(name);
      return call(...given);
    }) as Call;
  const { clients, accounts, consents, grants } = world.stores;
  const endpoint = world.over({
    clients: { ...clients, load: noted('client', clients.load) },
    accounts: { ...accounts, load: noted('account', accounts.load) },
    consents: { ...consents, find: noted('consent', consents.find) },
    grants: { ...grants, insert: noted('write', grants.insert) },
  });
  const outcome = answer(endpoint, client, [session]);
  assert.deepEqual(calls, ['client', 'account', 'consent'], 'read before anything was waited for');
  const { code = '' } = responseOf(await outcome).parameters;
  assert.deepEqual(calls, ['client', 'account', 'consent', 'write']);
  assert.equal((await grants.findCode(opaqueTokenHash(code)))?.grant.clientId, client.id);
});

test('a client that is disabled, or loses the redirect URI, while a person signs in gets nothing', async () => {
  const { client, session } = await signedIn();
  const disabled = await world.change(client, { enabled: false });
  await assert.rejects(
    world.ask(codeRequest(client), { sessions: [session] }),
    (error) => error instanceof UnprovenRequestError && error.title === 'Invalid client_id',
  );
  await world.change(disabled, { enabled: true, redirectUris: ['https://other.example/'] });
  await assert.rejects(
    world.ask(codeRequest(client), { sessions: [session] }),
    (error) => error instanceof UnprovenRequestError && error.title === 'Invalid redirect_uri',
  );
});

test('a client that is deleted when the response is stored gets nothing, nowhere', async () => {
  const { client, session } = await signedIn();
  const { id, revision } = client;
  const remove = () =>
    world.stores.clients.remove({ id, revision, audit: anAuditEvent(id, 'client.deleted') });
  await assert.rejects(
    answer(world.over({ grants: insertAfter(remove) }), client, [session]),
    (error) => error instanceof UnprovenRequestError && error.title === 'Invalid client_id',
  );
});

test('a session that ends when the response is stored is no session any more', async () => {
  const { client, account, session } = await signedIn();
  const end = () => world.stores.endings.endSession(session.id, world.clock.now());
  const endpoint = world.over({ grants: insertAfter(end) });
  assert.equal(needOf(await answer(endpoint, client, [session])).prompt, 'login');

  const another = await world.session(account);
  const outcome = await answer(world.over({}), client, [session, another], { prompt: 'none' });
  const { code = '' } = responseOf(outcome).parameters;
  const stored = await world.stores.grants.findCode(opaqueTokenHash(code));
  assert.equal(stored?.grant.sessionId, another.id);
});

test('an opaque token goes with its grant: where that is not stored, nothing is left of it', async () => {
  const { client, session } = await signedIn({ accessTokenFormat: 'opaque' });
  const end = () => world.stores.endings.endSession(session.id, world.clock.now());
  const changes = { response_type: 'token' };
  const given = responseOf(await answer(world.over({}), client, [session], changes)).parameters;
  assert.notEqual(
    await world.stores.accessTokens.find(opaqueTokenHash(given['access_token'] ?? '')),
    undefined,
  );
  const late = await answer(world.over({ grants: insertAfter(end) }), client, [session], changes);
  assert.equal(needOf(late).prompt, 'login');
  assert.equal(await countOpaqueTokens(world, client.id), 1);
});

test('whoever is not first with an answer stores nothing, and whoever is asks before anything is stored', async () => {
  const { client, session } = await signedIn();
  const calls: string[] = [];
  const endpoint = world.over({ grants: insertAfter(async () => calls.push('stored')) });
  const answerAs = (isFirst: boolean) =>
    endpoint.answer(parseAuthorizationForm(new URLSearchParams(codeRequest(client)).toString()), {
      sessions: [session],
      progress: world.progress(),
      claim: async () => {
        calls.push('claimed');
        return isFirst;
      },
    });
  assert.deepEqual(await answerAs(false), { kind: 'superseded' });
  assert.deepEqual(calls.splice(0), ['claimed']);
  assert.equal((await answerAs(true)).kind, 'response');
  assert.deepEqual(calls, ['claimed', 'stored']);
});

test('a failure of the storage is nobody’s error but ours', async () => {
  const { client, session } = await signedIn();
  const failing = insertAfter(() => Promise.reject(new Error('the disk is full')));
  await assert.rejects(answer(world.over({ grants: failing }), client, [session]), /the disk is full/);
});

test('a client whose tokens cannot be signed is told so', async () => {
  const { client, session } = await signedIn({ idTokenSignatureAlg: 'HS256' });
  const request = codeRequest(client, { response_type: 'id_token', nonce: 'n' });
  assert.equal(errorOf(await world.ask(request, { sessions: [session] })), 'server_error');
});
