import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  type AuthorizationWorld,
  codeRequest,
  needOf,
  openAuthorizationWorld,
  type Parameters,
  responseOf,
} from '../../../test/fixtures/authorization-world.ts';
import type { Account } from '../../accounts/account.ts';
import type { Client } from '../../clients/client.ts';
import type { Session } from '../../sessions/session.ts';
import type { AuthorizationProgress } from './authorization-request.ts';
import { type AllowedByPerson, askedBy } from './consent.ts';
import { createConsents } from './consents.ts';

const billing = {
  id: 'billing',
  name: 'Billing',
  slug: null,
  websiteUri: null,
  audience: 'https://billing.example',
  scopes: [],
  administrators: [],
  configSchema: null,
};

let world: AuthorizationWorld;
before(async () => {
  world = await openAuthorizationWorld({ applications: [billing] });
});
after(() => world[Symbol.asyncDispose]());

interface Guest {
  readonly client: Client;
  readonly account: Account;
  readonly session: Session;
}

async function guest(changes: Partial<Client> = {}): Promise<Guest> {
  const client = await world.client(changes);
  const account = await world.account();
  return { client, account, session: await world.session(account) };
}

function ask(
  { client, session }: Guest,
  parameters: Parameters,
  progress: Partial<AuthorizationProgress> = {},
) {
  return world.ask(codeRequest(client, parameters), {
    sessions: [session],
    progress: world.progress({ sessionId: session.id, ...progress }),
  });
}

/** The person is asked, and allows it. */
async function consent(someone: Guest, parameters: Parameters) {
  const { request, prompt } = needOf(await ask(someone, parameters));
  assert.equal(prompt, 'consent');
  const { client, account } = someone;
  const consents = createConsents({ store: world.stores.consents, clock: world.clock });
  await consents.allow({ client, accountId: account.id, asked: askedBy(request) });
  return ask(someone, parameters, { consented: true });
}

const storedOf = ({ client, account }: Guest) => world.stores.consents.find(client.id, account.id);

// against: interaction/asked
test('a person is asked once, and again whenever anything grows', async () => {
  const someone = await guest({
    redirectUris: ['https://client.example/callback', 'https://client.example/other', 'https://b.example/'],
    applicationId: null,
    applicationBindings: [],
  });
  const steps: readonly (readonly [string, Parameters, Partial<Client>, 'asked' | 'not asked'])[] = [
    ['at first', { scope: 'openid profile' }, {}, 'asked'],
    ['for the same', { scope: 'openid profile' }, {}, 'not asked'],
    ['for less', { scope: 'openid' }, {}, 'not asked'],
    ['for claims of what was allowed', { claims: '{"userinfo":{"name":null}}' }, {}, 'not asked'],
    ['for another page of the host', { redirect_uri: 'https://client.example/other' }, {}, 'not asked'],
    ['for one more scope', { scope: 'openid email' }, {}, 'asked'],
    ['for all of it', { scope: 'openid profile email' }, {}, 'not asked'],
    ['for one more claim', { claims: '{"id_token":{"phone_number":null}}' }, {}, 'asked'],
    ['for the same claim elsewhere', { claims: '{"userinfo":{"phone_number":null}}' }, {}, 'not asked'],
    ['for another host', { redirect_uri: 'https://b.example/' }, {}, 'asked'],
    ['for the same host', { redirect_uri: 'https://b.example/' }, {}, 'not asked'],
    [
      'for another audience',
      {},
      { applicationBindings: [{ applicationId: 'billing', config: null }] },
      'asked',
    ],
    ['for the same audience', { resource: 'https://billing.example' }, {}, 'not asked'],
    ['for what is as it was', { resource: world.issuer }, {}, 'not asked'],
  ];
  let { client } = someone;
  for (const [why, parameters, changes, expected] of steps) {
    client = Object.keys(changes).length > 0 ? await world.change(client, changes) : client;
    const present = { ...someone, client };
    const outcome = await ask(present, parameters);
    assert.equal(outcome.kind === 'interaction' ? 'asked' : 'not asked', expected, why);
    if (outcome.kind === 'interaction') {
      assert.ok(responseOf(await consent(present, parameters)).parameters['code'], why);
    }
  }
  assert.deepEqual((await storedOf(someone))?.allowed, {
    scopes: ['openid', 'profile', 'email'],
    audiences: [world.issuer, 'https://billing.example'],
    claims: ['phone_number'],
    redirectHosts: ['client.example', 'b.example'],
  });
});

test('what a person has allowed is shown when they are asked for more', async () => {
  const someone = await guest();
  const first = needOf(await ask(someone, {}));
  assert.ok(first.prompt === 'consent');
  assert.equal(first.consent, null);
  await consent(someone, {});
  const second = needOf(await ask(someone, { scope: 'openid email' }));
  assert.ok(second.prompt === 'consent');
  assert.deepEqual(second.consent?.allowed.scopes, ['openid']);
  assert.deepEqual(second.session, someone.session);
});

test('a client of the operator gets a consent without anybody being asked', async () => {
  const someone = await guest({ internal: true });
  for (const prompt of ['none', 'consent']) {
    assert.ok(responseOf(await ask(someone, { prompt })).parameters['code'], prompt);
  }
  assert.deepEqual((await storedOf(someone))?.allowed.scopes, ['openid']);
});

test('what is allowed again is allowed as it was', async () => {
  const someone = await guest();
  await consent(someone, {});
  const before = await storedOf(someone);
  await consent(someone, { prompt: 'consent' });
  assert.deepEqual(await storedOf(someone), before);
});

test('who says yes to less than is asked by now is asked again', async () => {
  const someone = await guest();
  await consent(someone, { scope: 'openid email' });
  const grown = await ask(someone, { scope: 'openid email profile' }, { consented: true });
  assert.equal(needOf(grown).prompt, 'consent');
});

test('who allows something is who was asked', async () => {
  const someone = await guest();
  await consent(someone, {});
  const stranger = await world.session(await world.account());
  const outcome = await world.ask(codeRequest(someone.client), {
    sessions: [stranger, someone.session],
    progress: world.progress({ consented: true }),
  });
  assert.equal(needOf(outcome).prompt, 'consent');
});

const asking = (scope: string): AllowedByPerson => ({
  scopes: [scope],
  audiences: [world.issuer],
  claims: [],
  redirectHosts: ['client.example'],
});

test('of parallel consents, whether first or later, each is kept', async () => {
  const { client, account } = await guest();
  const consents = createConsents({ store: world.stores.consents, clock: world.clock });
  const scopes = Array.from({ length: 20 }, (_, number) => `scope-${number}`);
  const made = await Promise.all(
    scopes.map((scope) => consents.allow({ client, accountId: account.id, asked: asking(scope) })),
  );
  assert.equal(new Set(made.map((consent) => (consent === 'gone' ? consent : consent.id))).size, 1);
  const stored = await world.stores.consents.find(client.id, account.id);
  assert.deepEqual([...(stored?.allowed.scopes ?? [])].sort(), scopes.sort());
  assert.equal(stored?.revision, 20);
});

test('a consent of a client or an account that was deleted is none', async () => {
  const { client, account } = await guest();
  const consents = createConsents({ store: world.stores.consents, clock: world.clock });
  const accountId = 'd0000000-0000-4000-8000-000000000000';
  assert.equal(await consents.allow({ client, accountId, asked: asking('a') }), 'gone');
  const gone = { client: { id: accountId }, accountId: account.id, asked: asking('a') };
  assert.equal(await consents.allow(gone), 'gone');
});
