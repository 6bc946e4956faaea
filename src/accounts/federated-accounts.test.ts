import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { anAccount, anAuditEvent, someAudit, someTime } from '../../test/fixtures/storage-entries.ts';
import { openTestStorage } from '../../test/fixtures/test-storage.ts';
import { inParallel } from '../../test/storage-suite/harness.ts';
import { createManualClock } from '../kernel/clock.ts';
import type { JsonObject } from '../kernel/encoding.ts';
import { orderedUuid } from '../kernel/random.ts';
import type { Account } from './account.ts';
import { createFederatedAccounts, type FederatedPerson } from './federated-accounts.ts';

async function open(context: TestContext) {
  const storage = await openTestStorage(context);
  const { federatedIdentities: store, accounts, identityProviders } = storage.stores;
  const clock = createManualClock(someTime);
  const addProvider = async (name: string) => {
    const id = orderedUuid();
    await identityProviders.insert({ id, name, type: 'internal' }, anAuditEvent(id));
    return id;
  };
  const providerId = await addProvider('Elsewhere');
  const node = () => {
    const { accountOf } = createFederatedAccounts({ store, accounts, clock });
    return (id: string, who: FederatedPerson) => accountOf(id, who, someAudit);
  };
  const accountOf = node();
  const person = (claims: JsonObject, subject = 'subject-1') => ({
    issuer: 'https://op.example',
    subject,
    claims,
  });
  const come = (claims: JsonObject, subject?: string) => accountOf(providerId, person(claims, subject));
  return {
    storage,
    accounts,
    store,
    clock,
    addProvider,
    providerId,
    node,
    accountOf,
    person,
    come,
    identityProviders,
  };
}

function found(account: Account | undefined): Account {
  assert.ok(account);
  return account;
}

const ada = {
  name: 'Ada Lovelace',
  preferred_username: 'ada',
  email: 'ada@people.example',
  email_verified: true,
};

test('who comes first gets an account as the provider describes them, without a password or a role', async (context) => {
  const { come, accounts } = await open(context);
  const { id, ...account } = found(await come({ ...ada, sub: 'x', groups: ['admin'], administrator: true }));
  assert.deepEqual(account, {
    username: 'ada',
    passwordHash: null,
    administrator: false,
    disabled: false,
    origin: 'provider',
    email: 'ada@people.example',
    emailVerified: true,
    claims: { name: 'Ada Lovelace' },
    revision: 1,
    createdAt: someTime,
    updatedAt: someTime,
  });
  assert.deepEqual(await accounts.load(id), { id, ...account });
});

test('who comes again has the same account, which is written only when the provider describes them otherwise', async (context) => {
  const { come, accounts, clock, storage } = await open(context);
  const first = found(await come(ada));
  const before = await storage.database.content();
  clock.advance(10);
  assert.deepEqual(await come(ada), first);
  assert.equal(await storage.database.content(), before);
  const changed = {
    ...ada,
    name: 'Ada King',
    email: 'king@people.example',
    email_verified: false,
    preferred_username: 'king',
  };
  const again = found(await come(changed));
  assert.deepEqual(again, {
    ...first,
    claims: { name: 'Ada King' },
    email: 'king@people.example',
    emailVerified: false,
    revision: 2,
    updatedAt: clock.now(),
  });
  assert.deepEqual(await accounts.load(first.id), again);
});

// against: interaction/federated
test('nobody gets the account of another because of a name or an address', async (context) => {
  const { come, accounts, accountOf, addProvider, person } = await open(context);
  const local = anAccount({ username: 'ada', email: ada.email, emailVerified: true, administrator: true });
  await accounts.insert(local);
  const here = found(await come(ada));
  const there = found(await accountOf(await addProvider('Third'), person(ada)));
  const otherSubject = found(await come(ada, 'subject-2'));
  const evil = { ...person(ada), issuer: 'https://evil.example' };
  const otherIssuer = found(await accountOf(await addProvider('Fourth'), evil));
  const everybody = [local, here, there, otherSubject, otherIssuer];
  assert.equal(new Set(everybody.map(({ id }) => id)).size, 5);
  assert.equal(new Set(everybody.map(({ username }) => username)).size, 5);
  for (const { username } of everybody.slice(1)) assert.match(username, /^ada-[0-9a-f]{8}$/);
  assert.deepEqual(await accounts.load(local.id), local);
});

// against: interaction/federated
test('another issuer behind the same provider has other people', async (context) => {
  const { come, accountOf, providerId, person } = await open(context);
  const before = found(await come(ada));
  const after = found(await accountOf(providerId, { ...person(ada), issuer: 'https://other.example' }));
  assert.notEqual(after.id, before.id);
  assert.equal(found(await come(ada)).id, before.id);
});

const names: readonly (readonly [what: string, claims: JsonObject, expected: RegExp])[] = [
  ['the name', { preferred_username: 'Ada L.', email: 'a@b.example' }, /^Ada L\.$/],
  [
    'a verified address where there is no name',
    { email: 'a@b.example', email_verified: true },
    /^a@b\.example$/,
  ],
  ['a made-up one where the address is not verified', { email: 'a@b.example' }, /^person-[0-9a-f]{8}$/],
  ['a made-up one where nothing is said', {}, /^person-[0-9a-f]{8}$/],
  ['a made-up one for an empty name', { preferred_username: '' }, /^person-/],
  ['a made-up one for what is no text', { preferred_username: { a: 1 } }, /^person-/],
  ['a made-up one for a name with white space around it', { preferred_username: ' ada' }, /^person-/],
  ['a made-up one for a name with a line break', { preferred_username: 'a\nb' }, /^person-/],
  ['a made-up one for a name that turns the direction', { preferred_username: 'a\u202eb' }, /^person-/],
  ['a made-up one for a name with what cannot be seen', { preferred_username: 'ad\u200ba' }, /^person-/],
  ['a made-up one for a name that is too long', { preferred_username: 'a'.repeat(120) }, /^person-/],
];
for (const [what, claims, expected] of names) {
  test(`the user name of a new account is ${what}`, async (context) => {
    const { come } = await open(context);
    assert.match(found(await come(claims)).username, expected);
  });
}

test('claims that are not of their form are left out, and the person comes in', async (context) => {
  const { come } = await open(context);
  const claims = {
    name: 7,
    given_name: 'Ada',
    website: 'javascript:alert(1)',
    picture: 'https://people.example/ada.png',
    birthdate: 'yesterday',
    address: { country: 'GB' },
    email: 'not an address',
    email_verified: true,
    password_hash: 'x',
  };
  const account = found(await come(claims));
  assert.deepEqual(account.claims, {
    given_name: 'Ada',
    picture: 'https://people.example/ada.png',
    address: { country: 'GB' },
  });
  assert.deepEqual([account.email, account.emailVerified], [null, false]);
});

test('an address that the provider says nothing of stays, and one that it takes away goes', async (context) => {
  const { come } = await open(context);
  await come(ada);
  const { email: _, email_verified: __, ...silent } = ada;
  assert.equal(found(await come(silent)).email, ada.email);
  assert.equal(found(await come({ ...silent, email: null })).email, null);
});

test('a disabled account is refused, and is not changed', async (context) => {
  const { come, accounts } = await open(context);
  const account = found(await come(ada));
  assert.equal(await accounts.replace({ ...account, disabled: true }), 'replaced');
  assert.equal(await come({ ...ada, name: 'Other' }), undefined);
  assert.deepEqual(await accounts.load(account.id), { ...account, disabled: true, revision: 2 });
});

test('a provider that is gone has nobody, and no account is left behind', async (context) => {
  const { come, identityProviders, providerId, accounts, storage } = await open(context);
  await identityProviders.delete(providerId, anAuditEvent(providerId));
  const before = await storage.database.content();
  assert.equal(await come(ada), undefined);
  assert.equal(await accounts.findByUsername('ada'), undefined);
  assert.equal(await storage.database.content(), before);
});

test('of 30 first sign-ins of one person at once, on two nodes, all end in one account', async (context) => {
  const { node, providerId, person, accounts } = await open(context);
  const nodes = [node(), node()];
  const came = await inParallel(30, async (index) =>
    found(await nodes[index % 2]?.(providerId, person(ada))),
  );
  assert.equal(new Set(came.map(({ id }) => id)).size, 1);
  assert.equal((await accounts.list({ after: null, limit: 100 })).length, 1);
});

test('of people with one name who come at once each gets an account and a name', async (context) => {
  const { come } = await open(context);
  const came = await inParallel(10, async (index) => found(await come(ada, `subject ${index}`)));
  assert.equal(new Set(came.map(({ username }) => username)).size, 10);
});

test('a change that others make meanwhile is not undone', async (context) => {
  const { store, accounts, clock, providerId, person, come } = await open(context);
  const account = found(await come(ada));
  let left = 1;
  const interrupted = createFederatedAccounts({
    store,
    clock,
    accounts: {
      ...accounts,
      replace: async (changed) => {
        if (left-- > 0) await accounts.replace({ ...account, disabled: true });
        return accounts.replace(changed);
      },
    },
  });
  assert.equal(
    await interrupted.accountOf(providerId, person({ ...ada, name: 'Other' }), someAudit),
    undefined,
  );
  assert.deepEqual(await accounts.load(account.id), { ...account, disabled: true, revision: 2 });
});
