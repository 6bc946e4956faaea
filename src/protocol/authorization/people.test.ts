import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { decodeJwt } from 'jose';
import {
  type AuthorizationWorld,
  codeRequest,
  errorOf,
  needOf,
  openAuthorizationWorld,
  type Parameters,
  responseOf,
} from '../../../test/fixtures/authorization-world.ts';
import { anAuditEvent, anUpstreamProvider } from '../../../test/fixtures/storage-entries.ts';
import type { Account } from '../../accounts/account.ts';
import type { Client } from '../../clients/client.ts';
import { asEpochSeconds, secondsAfter } from '../../kernel/clock.ts';
import type { Session } from '../../sessions/session.ts';
import type { AuthorizationOutcome } from './authorization-outcome.ts';
import type { AuthorizationProgress } from './authorization-request.ts';

let world: AuthorizationWorld;
before(async () => {
  world = await openAuthorizationWorld({ signUp: true });
});
after(() => world[Symbol.asyncDispose]());

const twoFactors = { acr: 'urn:clientele:acr:2', amr: ['pwd', 'otp', 'mfa'] };
const essential = (value: string) => JSON.stringify({ id_token: { acr: { essential: true, value } } });

/** What comes of a request: the prompt, the error, or `response`. */
function nameOf(outcome: AuthorizationOutcome): string {
  if (outcome.kind === 'interaction') return outcome.need.prompt;
  return responseOf(outcome).parameters['error'] ?? 'response';
}

/** A client to which one person, signed in for an hour, has allowed `openid`. */
async function situation(
  given: {
    readonly client?: Partial<Client>;
    readonly session?: Partial<Session>;
    readonly account?: Partial<Account>;
  } = {},
) {
  const client = await world.client(given.client);
  const account = await world.account(given.account);
  const authTime = secondsAfter(world.clock.now(), -3600);
  const session = await world.session(account, { authTime, ...given.session });
  await world.allow(client, account, ['openid']);
  return { client, account, session };
}

/** Situations of somebody whom the client knows, and what comes of a request: silently, and otherwise. */
const cases: Readonly<
  Record<
    string,
    {
      readonly parameters?: Parameters;
      readonly session?: Partial<Session>;
      readonly client?: Partial<Client>;
      readonly account?: Partial<Account>;
      readonly silently: string;
      readonly otherwise: string;
    }
  >
> = {
  'somebody is signed in and has allowed it': { silently: 'response', otherwise: 'response' },
  'the session is at its end': {
    session: { expiresAt: asEpochSeconds(1) },
    silently: 'login_required',
    otherwise: 'login',
  },
  'the account is disabled': {
    account: { disabled: true },
    silently: 'login_required',
    otherwise: 'login',
  },
  'the person signed in elsewhere than the client wants': {
    session: { identityProviderId: 'another' },
    silently: 'login_required',
    otherwise: 'login',
  },
  'the sign-in is older than max_age': {
    parameters: { max_age: '3599' },
    silently: 'login_required',
    otherwise: 'login',
  },
  'the sign-in is as old as max_age': {
    parameters: { max_age: '3600' },
    silently: 'response',
    otherwise: 'response',
  },
  'max_age is 0': { parameters: { max_age: '0' }, silently: 'login_required', otherwise: 'login' },
  'an essential acr is stronger': {
    parameters: { claims: essential('urn:clientele:acr:2') },
    silently: 'login_required',
    otherwise: 'login',
  },
  'an essential acr is weaker': {
    parameters: { claims: essential('urn:clientele:acr:1') },
    session: twoFactors,
    silently: 'response',
    otherwise: 'response',
  },
  'a stronger acr is only a wish': {
    parameters: { acr_values: 'urn:clientele:acr:2' },
    silently: 'response',
    otherwise: 'response',
  },
  'a claim insists on another person': {
    parameters: { claims: '{"id_token":{"sub":{"value":"somebody-else"}}}' },
    silently: 'login_required',
    otherwise: 'login',
  },
  'more is asked than was allowed': {
    parameters: { scope: 'openid email' },
    silently: 'consent_required',
    otherwise: 'consent',
  },
  'a claim is asked for that was not allowed': {
    parameters: { claims: '{"userinfo":{"email":null}}' },
    silently: 'consent_required',
    otherwise: 'consent',
  },
  'claims are asked for that nobody is asked about': {
    parameters: { claims: '{"userinfo":{"sub":null,"foo":null},"id_token":{"auth_time":null}}' },
    silently: 'response',
    otherwise: 'response',
  },
  'login_hint is somebody else': {
    parameters: { login_hint: 'nobody@example.com' },
    silently: 'login_required',
    otherwise: 'select_account',
  },
};

for (const [name, { parameters = {}, silently, otherwise, ...given }] of Object.entries(cases)) {
  // against: interaction/freshness
  test(`when ${name}, what comes is ${otherwise}, and with prompt=none ${silently}`, async () => {
    const { client, session } = await situation(given);
    const ask = (changes: Parameters) =>
      world.ask(codeRequest(client, { ...parameters, ...changes }), { sessions: [session] });
    assert.equal(nameOf(await ask({ prompt: 'none' })), silently);
    assert.equal(nameOf(await ask({})), otherwise);
  });
}

test('nobody is signed in: login, with prompt=none login_required', async () => {
  const client = await world.client();
  assert.equal(nameOf(await world.ask(codeRequest(client))), 'login');
  assert.equal(nameOf(await world.ask(codeRequest(client, { prompt: 'none' }))), 'login_required');
});

/** What each prompt leads to, and what then satisfies it. */
const promptCases: readonly (readonly [string, string, Partial<AuthorizationProgress>])[] = [
  ['login', 'login', { signedIn: true }],
  ['create', 'create', { signedIn: true }],
  ['select_account', 'select_account', {}],
  ['consent', 'consent', { consented: true }],
  ['select_account login', 'select_account', { signedIn: true }],
  ['login consent', 'login', { signedIn: true, consented: true }],
];

for (const [prompt, needed, progress] of promptCases) {
  test(`prompt=${prompt} leads to ${needed}, also for who needs it not, and what is done then is enough`, async () => {
    const { client, session } = await situation();
    const ask = (done: Partial<AuthorizationProgress>) =>
      world.ask(codeRequest(client, { prompt }), {
        sessions: [session],
        progress: world.progress({ begunAt: session.authTime, ...done }),
      });
    assert.equal(nameOf(await ask({})), needed);
    assert.equal(nameOf(await ask({ ...progress, sessionId: session.id })), 'response');
    const another = await ask({ ...progress, sessionId: 'another' });
    assert.equal(nameOf(another), needed, 'what was done in another session counts for nothing');
  });
}

test('select_account shows every session that counts, and leads to login where none does', async () => {
  const { client, session } = await situation();
  const second = await world.session(await world.account());
  const elsewhere = await world.session(await world.account(), { identityProviderId: 'another' });
  const request = codeRequest(client, { prompt: 'select_account' });
  const need = needOf(await world.ask(request, { sessions: [elsewhere, second, session] }));
  assert.ok(need.prompt === 'select_account');
  assert.deepEqual(need.sessions, [second, session]);
  assert.equal(nameOf(await world.ask(request, { sessions: [elsewhere] })), 'login');
});

test('create is login where accounts are not made', async () => {
  await using closed = await openAuthorizationWorld();
  const client = await closed.client();
  assert.equal(nameOf(await closed.ask(codeRequest(client, { prompt: 'create' }))), 'login');
  assert.equal(nameOf(await world.ask(codeRequest(await world.client(), { prompt: 'create' }))), 'create');
});

test('who says no is told so to the client, with nothing stored', async () => {
  const { client, account, session } = await situation();
  const outcome = await world.ask(codeRequest(client, { scope: 'openid email' }), {
    sessions: [session],
    progress: world.progress({ sessionId: session.id, denied: true }),
  });
  assert.equal(errorOf(outcome), 'access_denied');
  assert.deepEqual((await world.stores.consents.find(client.id, account.id))?.allowed.scopes, ['openid']);
});

test('the session that is not enough is shown, unless it is the wrong person’s', async () => {
  const { client, session } = await situation();
  const ask = async (parameters: Parameters) => {
    const need = needOf(await world.ask(codeRequest(client, parameters), { sessions: [session] }));
    assert.ok(need.prompt === 'login');
    return need.session;
  };
  assert.deepEqual(await ask({ prompt: 'login' }), session);
  assert.deepEqual(await ask({ max_age: '1' }), session);
  assert.equal(await ask({ claims: '{"id_token":{"sub":{"value":"x"}}}' }), null);
});

for (const [what, parameters, error] of [
  ['another person', { claims: '{"id_token":{"sub":{"value":"x"}}}' }, 'login_required'],
  ['one factor', { claims: essential('urn:clientele:acr:2') }, 'unmet_authentication_requirements'],
] as const) {
  test(`where the sign-in for a request has brought ${what}, nobody is asked for ever`, async () => {
    const { client, session } = await situation();
    const outcome = await world.ask(codeRequest(client, parameters), {
      sessions: [session],
      progress: world.progress({ sessionId: session.id, signedIn: true }),
    });
    assert.equal(errorOf(outcome), error);
  });
}

test('with max_age=0 even a sign-in of this moment is not enough, unless it was for the request', async () => {
  const { client, account } = await situation();
  const session = await world.session(account);
  const ask = (progress: Partial<AuthorizationProgress>) =>
    world.ask(codeRequest(client, { max_age: '0' }), {
      sessions: [session],
      progress: world.progress(progress),
    });
  assert.equal(nameOf(await ask({})), 'login');
  const signedInForIt = { sessionId: session.id, signedIn: true };
  assert.equal(nameOf(await ask(signedInForIt)), 'response');
});

test('who dawdles beyond max_age signs in again; a provider that does not ask anew is not asked for ever', async () => {
  const { client, account } = await situation();
  const begunAt = world.clock.now();
  const fresh = await world.session(account);
  world.clock.advance(20);
  const ask = (session: Session) =>
    world.ask(codeRequest(client, { max_age: '10' }), {
      sessions: [session],
      progress: world.progress({ begunAt, sessionId: session.id, signedIn: true }),
    });
  assert.equal(nameOf(await ask(fresh)), 'login');
  const stale = await world.session(account, { authTime: secondsAfter(begunAt, -1) });
  assert.equal(nameOf(await ask(stale)), 'login_required');
});

// against: interaction/freshness
test('who is to sign in anew has not done so at a provider that did not ask', async () => {
  const { client, account } = await situation();
  const begunAt = world.clock.now();
  const ask = async (parameters: Parameters, authTime: number) => {
    const session = await world.session(account, { authTime: secondsAfter(begunAt, authTime) });
    const progress = world.progress({ begunAt, sessionId: session.id, signedIn: true });
    return nameOf(await world.ask(codeRequest(client, parameters), { sessions: [session], progress }));
  };
  for (const parameters of [{ prompt: 'login' }, { max_age: '0' }]) {
    assert.equal(await ask(parameters, -61), 'login_required');
    assert.equal(await ask(parameters, -60), 'response', 'its clock may be behind');
  }
});

test('of several who are signed in it is about who was chosen, else named, else hinted at, else here last', async () => {
  const client = await world.client();
  const people = await Promise.all(
    ['a', 'b', 'c', 'd'].map(async (letter) => {
      const account = await world.account({ email: `${letter}@example.com`, emailVerified: true });
      const session = await world.session(account);
      await world.allow(client, account, ['openid']);
      return { account, session };
    }),
  );
  const [first, second, third, fourth] = people;
  assert.ok(first && second && third && fourth);
  const hint = await world.clientTokens.idTokens.issue({
    stored: { client, secrets: [] },
    claims: { sub: third.account.id },
  });
  const subjectOf = async (parameters: Parameters, sessionId: string | null = null) => {
    const outcome = await world.ask(
      codeRequest(client, { response_type: 'id_token', nonce: 'n', ...parameters }),
      { sessions: people.map(({ session }) => session), progress: world.progress({ sessionId }) },
    );
    return decodeJwt(responseOf(outcome).parameters['id_token'] ?? '').sub;
  };
  assert.equal(await subjectOf({}), first.account.id);
  assert.equal(await subjectOf({ login_hint: second.account.username }), second.account.id);
  assert.equal(await subjectOf({ login_hint: 'b@example.com' }), second.account.id);
  const named = { id_token_hint: hint, login_hint: 'b@example.com' };
  assert.equal(await subjectOf(named), third.account.id);
  assert.equal(await subjectOf({ prompt: 'none', ...named }), third.account.id);
  const claims = JSON.stringify({ id_token: { sub: { values: ['x', fourth.account.id] } } });
  assert.equal(await subjectOf({ claims }), fourth.account.id);
  assert.equal(await subjectOf({ login_hint: 'b@example.com' }, fourth.session.id), fourth.account.id);
});

test('a hint at one person and a claim that insists on another fit nobody', async () => {
  const { client, account, session } = await situation();
  const hint = await world.clientTokens.idTokens.issue({
    stored: { client, secrets: [] },
    claims: { sub: account.id },
  });
  const claims = '{"id_token":{"sub":{"value":"x"}}}';
  const request = codeRequest(client, { prompt: 'none', id_token_hint: hint });
  assert.equal(nameOf(await world.ask(request, { sessions: [session] })), 'response');
  const contradiction = { ...request, claims };
  assert.equal(nameOf(await world.ask(contradiction, { sessions: [session] })), 'login_required');
});

test('the client learns the class that it insists on', async () => {
  const { client, session } = await situation({ session: twoFactors });
  const acrOf = async (claims: string) => {
    const request = codeRequest(client, { response_type: 'id_token', nonce: 'n', claims });
    const outcome = await world.ask(request, { sessions: [session] });
    return decodeJwt(responseOf(outcome).parameters['id_token'] ?? '')['acr'];
  };
  assert.equal(await acrOf('{}'), 'urn:clientele:acr:2');
  assert.equal(await acrOf(essential('urn:clientele:acr:2')), 'urn:clientele:acr:2');
  assert.equal(await acrOf(essential('urn:clientele:acr:1')), 'urn:clientele:acr:1');
});

test('a session that the client’s provider has made counts, whatever class it is of', async () => {
  const provider = {
    id: 'd0000000-0000-4000-8000-000000000001',
    name: 'Upstream',
    type: 'internal',
  } as const;
  await world.stores.identityProviders.insert(provider, anAuditEvent(provider.id));
  const { client, session } = await situation({
    client: { identityProviderId: provider.id },
    session: { identityProviderId: provider.id, acr: 'loa4' },
  });
  const outcome = await world.ask(codeRequest(client, { claims: essential('loa4') }), {
    sessions: [session],
  });
  assert.equal(nameOf(outcome), 'response');
  const create = await world.ask(codeRequest(client, { prompt: 'create' }), { sessions: [session] });
  assert.equal(nameOf(create), 'login', 'accounts are made at the built-in provider');
});

// against: interaction/federated
test('a session counts while its provider has the issuer that the person came from', async () => {
  const seen = anUpstreamProvider('https://one.example');
  const { identityProviders } = world.stores;
  await identityProviders.insert(seen, anAuditEvent(seen.id));
  const place = { identityProviderId: seen.id, providerIssuer: seen.settings.issuer };
  const { client, account, session } = await situation({
    client: { identityProviderId: seen.id },
    session: place,
  });
  const unknown = await world.session(account, { ...place, providerIssuer: null });
  const ask = async (asked = session) =>
    nameOf(await world.ask(codeRequest(client, { prompt: 'none' }), { sessions: [asked] }));
  assert.deepEqual([await ask(), await ask(unknown)], ['response', 'login_required']);
  const provider = { ...seen, name: 'Another name', settings: { ...seen.settings, clientId: 'others' } };
  await identityProviders.replace({ seen, provider, audit: anAuditEvent(seen.id) });
  assert.equal(await ask(), 'response');
  const moved = { ...provider, settings: { ...provider.settings, issuer: 'https://two.example' } };
  await identityProviders.replace({ seen: provider, provider: moved, audit: anAuditEvent(seen.id) });
  assert.deepEqual([await ask(), await ask(unknown)], ['login_required', 'login_required']);
});
