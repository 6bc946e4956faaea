import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  type AuthorizationWorld,
  codeRequest,
  needOf,
  openAuthorizationWorld,
  type Parameters,
  responseOf,
} from '../../../test/fixtures/authorization-world.ts';
import { anAuditEvent, aPasskey, aTotpSecret } from '../../../test/fixtures/storage-entries.ts';
import type { Account } from '../../accounts/account.ts';
import type { Client } from '../../clients/client.ts';
import type { Session } from '../../sessions/session.ts';
import type { AuthorizationProgress } from './authorization-request.ts';

const elsewhere = {
  id: 'd0000000-0000-4000-8000-000000000002',
  name: 'Elsewhere',
  type: 'internal',
} as const;

let world: AuthorizationWorld;
before(async () => {
  world = await openAuthorizationWorld();
  await world.stores.identityProviders.insert(elsewhere, anAuditEvent(elsewhere.id));
});
after(() => world[Symbol.asyncDispose]());

const weak = 'urn:clientele:acr:1';
const strong = 'urn:clientele:acr:2';

interface AtClient {
  readonly client: Client;
  readonly account: Account;
  readonly session: Session;
}

/** Somebody who has signed in with a password, and has allowed a client `openid`. */
async function signedIn(
  given: {
    readonly client?: Partial<Client>;
    readonly session?: Partial<Session>;
    readonly account?: Partial<Account>;
  } = {},
): Promise<AtClient> {
  const client = await world.client(given.client);
  const account = await world.account(given.account);
  const session = await world.session(account, { acr: weak, ...given.session });
  await world.allow(client, account, ['openid']);
  return { client, account, session };
}

/** What comes of a request: the prompt, the error, or `response`. */
async function outcomeOf(
  { client, session }: Pick<AtClient, 'client' | 'session'>,
  parameters: Parameters,
  progress: Partial<AuthorizationProgress> = {},
): Promise<string> {
  const outcome = await world.ask(codeRequest(client, parameters), {
    sessions: [session],
    progress: world.progress(progress),
  });
  return outcome.kind === 'interaction'
    ? outcome.need.prompt
    : (responseOf(outcome).parameters['error'] ?? 'response');
}

const withPasskey = ({ id }: Account) =>
  world.stores.passkeys.insert(aPasskey(id), 20, [anAuditEvent(id, 'account.passkey-added')]);

async function withApp({ id }: Account): Promise<void> {
  const secret = aTotpSecret(id);
  assert.equal(await world.stores.secondFactors.begin(secret), 'begun');
  const use = { accountId: id, sealed: secret.sealed, step: 1 };
  assert.equal(await world.stores.secondFactors.confirm(use, []), 'confirmed');
}

describe('a wish for a class (acr_values)', () => {
  const factors = { 'a passkey': withPasskey, 'an authenticator app': withApp };
  for (const [factor, add] of Object.entries(factors)) {
    test(`asks whoever has ${factor} to sign in once more, and nobody silently`, async () => {
      const person = await signedIn();
      await add(person.account);
      const wish = { acr_values: strong };
      assert.equal(await outcomeOf(person, wish), 'login');
      assert.equal(await outcomeOf(person, { ...wish, prompt: 'none' }), 'response');
      assert.equal(await outcomeOf(person, {}), 'response');
    });
  }

  test('is passed over where the account can prove no more than it has', async () => {
    const person = await signedIn();
    await world.stores.secondFactors.begin(aTotpSecret(person.account.id, { confirmed: false }));
    assert.equal(await outcomeOf(person, { acr_values: strong }), 'response');
  });

  test('is told once: whoever signs in with less goes on with that', async () => {
    const person = await signedIn();
    await withPasskey(person.account);
    const done = { sessionId: person.session.id, signedIn: true };
    assert.equal(await outcomeOf(person, { acr_values: strong }, done), 'response');
  });

  const orders: readonly (readonly [wishes: string, outcome: string])[] = [
    [`loa9 ${strong}`, 'login'],
    [`${strong} ${weak}`, 'login'],
    [`${weak} ${strong}`, 'response'],
    ['loa9', 'response'],
  ];
  for (const [wishes, outcome] of orders) {
    test(`comes true in the order of preference: "${wishes}" leads to ${outcome}`, async () => {
      const person = await signedIn();
      await withPasskey(person.account);
      assert.equal(await outcomeOf(person, { acr_values: wishes }), outcome);
    });
  }

  test('is met by a stronger class', async () => {
    const person = await signedIn({ session: { acr: strong } });
    await withPasskey(person.account);
    assert.equal(await outcomeOf(person, { acr_values: weak }), 'response');
    assert.equal(await outcomeOf(person, { acr_values: strong }), 'response');
  });

  test('may also be a claim that is not essential', async () => {
    const person = await signedIn();
    await withPasskey(person.account);
    const claims = JSON.stringify({ id_token: { acr: { values: [strong] } } });
    assert.equal(await outcomeOf(person, { claims }), 'login');
    assert.equal(await outcomeOf(person, { claims, prompt: 'none' }), 'response');
  });

  test('asks nobody who signs in elsewhere: what can be proven there is not known', async () => {
    const place = { identityProviderId: elsewhere.id };
    const person = await signedIn({ client: place, session: { ...place, acr: 'loa1' } });
    await withPasskey(person.account);
    assert.equal(await outcomeOf(person, { acr_values: strong }), 'response');
  });
});

describe('login_hint', () => {
  const alice = { email: 'alice@example.com', emailVerified: true };

  test('at somebody who is not here asks who it is, and silently is answered that a sign-in is needed', async () => {
    const person = await signedIn({ account: alice });
    const known = await world.account({ username: 'bob-of-hints' });
    for (const hint of [known.username, 'nobody-at-all', 'nobody@example.com', known.id]) {
      assert.equal(await outcomeOf(person, { login_hint: hint }), 'select_account', hint);
      assert.equal(await outcomeOf(person, { login_hint: hint, prompt: 'none' }), 'login_required', hint);
    }
  });

  test('at whoever is here asks nothing, in whatever letters it is written', async () => {
    const person = await signedIn({ account: alice });
    const { id, username } = person.account;
    for (const hint of [username, username.toUpperCase(), 'Alice@Example.com', id]) {
      assert.equal(await outcomeOf(person, { login_hint: hint, prompt: 'none' }), 'response', hint);
    }
    const unverified = await signedIn({ account: { ...alice, emailVerified: false } });
    assert.equal(await outcomeOf(unverified, { login_hint: 'alice@example.com' }), 'response');
  });

  test('holds nobody up who was chosen, or has signed in, for the request', async () => {
    const person = await signedIn();
    const hint = { login_hint: 'somebody-else' };
    assert.equal(await outcomeOf(person, hint, { sessionId: person.session.id }), 'response');
    assert.equal(
      await outcomeOf(person, { ...hint, prompt: 'login' }, { sessionId: person.session.id, signedIn: true }),
      'response',
    );
  });

  test('shows the sign-in page to somebody else than whoever is here', async () => {
    const { client, session } = await signedIn();
    const need = needOf(
      await world.ask(codeRequest(client, { login_hint: 'somebody-else', prompt: 'login' }), {
        sessions: [session],
      }),
    );
    assert.ok(need.prompt === 'login');
    assert.equal(need.session, null);
  });

  test('counts for nothing where the request names its person, or where another provider does', async () => {
    const { client, account, session } = await signedIn();
    const hint = await world.clientTokens.idTokens.issue({
      stored: { client, secrets: [] },
      claims: { sub: account.id },
    });
    const named = { id_token_hint: hint, login_hint: 'somebody-else' };
    assert.equal(await outcomeOf({ client, session }, named), 'response');
    const place = { identityProviderId: elsewhere.id };
    const person = await signedIn({ client: place, session: place });
    assert.equal(await outcomeOf(person, { login_hint: 'ada@there.example' }), 'response');
  });
});
