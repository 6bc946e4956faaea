import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { makeAuthenticator } from '../../test/fixtures/authenticator.ts';
import { openPeople } from '../../test/fixtures/people.ts';
import { someAudit } from '../../test/fixtures/storage-entries.ts';
import { createPasskeys, type PasskeyQuestion } from './passkeys.ts';

const issuer = 'https://id.example/tenant';
const origin = 'https://id.example';

/** What the browser is asked, where it is asked something. */
function asked(question: PasskeyQuestion | string | null): PasskeyQuestion {
  assert.ok(typeof question === 'object' && question !== null, String(question));
  return question;
}

async function open(context: TestContext) {
  const { stores, clock, enrol } = await openPeople(context);
  const alice = await enrol('alice', 'correct horse');
  const passkeys = createPasskeys({
    store: stores.passkeys,
    accounts: stores.accounts,
    clock,
    issuer,
    serverName: 'Clientele',
  });
  const authenticator = makeAuthenticator('id.example', 'credential-1');
  const register = async (device = authenticator, changes: object = {}, account = alice) => {
    const { challenge, options } = asked(await passkeys.registrationOptions(account));
    const response = device.create({ options, origin, ...changes });
    const name = ' Laptop\u0000\u202e ';
    return passkeys.register({ account, challenge, response, name, audit: someAudit });
  };
  const signIn = async (device = authenticator, changes: object = {}) => {
    const { challenge, options } = asked(await passkeys.authenticationOptions());
    return passkeys.authenticate({ challenge, response: device.get({ options, origin, ...changes }) });
  };
  return { stores, clock, alice, enrol, passkeys, authenticator, register, signIn };
}

test('a passkey signs its account in, and is listed without any secret', async (context) => {
  const { alice, authenticator, passkeys, register, signIn, clock } = await open(context);
  assert.equal(await register(), 'registered');
  clock.advance(60);
  assert.equal((await signIn())?.id, alice.id);
  const [passkey] = await passkeys.list(alice.id);
  assert.equal(passkey?.id, authenticator.id);
  assert.equal(passkey?.name, 'Laptop');
  assert.equal(passkey?.lastUsedAt, clock.now());
});

test('passkeys are asked to be discoverable, and never to do without user verification', async (context) => {
  const { alice, authenticator, passkeys, register } = await open(context);
  await register();
  const creation = JSON.parse(asked(await passkeys.registrationOptions(alice)).options);
  assert.equal(creation.rp.id, 'id.example');
  assert.equal(creation.authenticatorSelection.residentKey, 'required');
  assert.equal(creation.authenticatorSelection.userVerification, 'required');
  assert.deepEqual(
    creation.excludeCredentials.map(({ id }: { id: string }) => id),
    [authenticator.id],
  );
  assert.equal(creation.attestation, 'none');
  const { challenge, options } = asked(await passkeys.authenticationOptions());
  const request = JSON.parse(options);
  assert.equal(request.userVerification, 'required');
  assert.equal(request.allowCredentials, undefined);
  assert.ok(Buffer.from(challenge, 'base64url').length >= 16);
  assert.notEqual(asked(await passkeys.authenticationOptions()).challenge, challenge);
});

test('an answer from another origin, to another challenge or without user verification proves nobody', async (context) => {
  const { register, signIn } = await open(context);
  await register();
  const otherHost = makeAuthenticator('evil.example', 'credential-1');
  for (const changes of [
    { origin: 'https://evil.example' },
    { origin: 'https://id.example:444' },
    { origin: 'http://id.example' },
    { challenge: Buffer.alloc(32).toString('base64url') },
    { user: 'present' },
    { userHandle: Buffer.from('another account').toString('base64url') },
  ]) {
    assert.equal(await signIn(undefined, changes), undefined, JSON.stringify(changes));
  }
  assert.equal(await signIn(otherHost), undefined);
  assert.ok(await signIn());
});

test('an answer that another key has signed proves nobody', async (context) => {
  const { alice, register, signIn } = await open(context);
  await register();
  const forged = makeAuthenticator('id.example', 'credential-1');
  const userHandle = Buffer.from(alice.id).toString('base64url');
  assert.equal(await signIn(forged, { userHandle }), undefined);
  assert.equal(await signIn(makeAuthenticator('id.example', 'unknown'), { userHandle }), undefined);
});

test('a registration from another origin, to another challenge or without user verification is refused', async (context) => {
  const { alice, passkeys, register } = await open(context);
  for (const changes of [
    { origin: 'https://evil.example' },
    { challenge: Buffer.alloc(32).toString('base64url') },
    { user: 'present' },
  ]) {
    assert.equal(await register(undefined, changes), 'refused', JSON.stringify(changes));
  }
  assert.equal(await register(makeAuthenticator('evil.example', 'credential-1')), 'refused');
  assert.deepEqual(await passkeys.list(alice.id), []);
});

test('a count that does not grow refuses a passkey that counts: it may be a copy', async (context) => {
  const { register, signIn } = await open(context);
  await register();
  assert.ok(await signIn(undefined, { signCount: 7 }));
  assert.equal(await signIn(undefined, { signCount: 7 }), undefined);
  assert.equal(await signIn(undefined, { signCount: 0 }), undefined);
  assert.ok(await signIn(undefined, { signCount: 8 }));
});

test('of 50 parallel uses of one answer of a passkey that counts exactly one signs in', async (context) => {
  const { passkeys, authenticator, register } = await open(context);
  await register();
  const { challenge, options } = asked(await passkeys.authenticationOptions());
  const response = authenticator.get({ options, origin, signCount: 1 });
  const signedIn = await Promise.all(
    Array.from({ length: 50 }, () => passkeys.authenticate({ challenge, response })),
  );
  assert.equal(signedIn.filter((account) => account !== undefined).length, 1);
});

test('an account has several passkeys, a credential belongs to one account, and a removed one signs nobody in', async (context) => {
  const { alice, enrol, passkeys, authenticator, register, signIn } = await open(context);
  const bob = await enrol('bob', 'battery staple');
  const second = makeAuthenticator('id.example', 'credential-2');
  assert.equal(await register(), 'registered');
  assert.equal(await register(second), 'registered');
  assert.equal(await register(second, {}, bob), 'refused');
  assert.equal((await passkeys.list(alice.id)).length, 2);
  assert.equal(await passkeys.remove(bob.id, authenticator.id, someAudit), 'absent');
  assert.equal(await passkeys.remove(alice.id, authenticator.id, someAudit), 'removed');
  assert.equal(await signIn(), undefined);
});

test('a passkey of a disabled account signs nobody in', async (context) => {
  const { stores, alice, register, signIn } = await open(context);
  await register();
  await stores.accounts.replace({ ...alice, disabled: true });
  assert.equal(await signIn(), undefined);
});

test('whatever is no answer of an authenticator is refused', async (context) => {
  const { alice, passkeys, authenticator, register } = await open(context);
  await register();
  const { challenge, options } = asked(await passkeys.authenticationOptions());
  const good = JSON.parse(authenticator.get({ options, origin }));
  const broken = [
    '',
    'null',
    '[]',
    '{}',
    JSON.stringify({ ...good, id: 'a\u0000b' }),
    JSON.stringify({ ...good, type: 'password' }),
    JSON.stringify({ ...good, response: { ...good.response, signature: '' } }),
    JSON.stringify({ ...good, response: { ...good.response, userHandle: undefined } }),
    JSON.stringify({ ...good, response: { ...good.response, authenticatorData: 'AAAA' } }),
    JSON.stringify({ ...good, response: { ...good.response, clientDataJSON: 'AAAA' } }),
  ];
  for (const response of broken) {
    assert.equal(await passkeys.authenticate({ challenge, response }), undefined, response);
    const registered = await passkeys.register({
      account: alice,
      challenge,
      response,
      name: '',
      audit: someAudit,
    });
    assert.equal(registered, 'refused', response);
  }
  assert.ok(await passkeys.authenticate({ challenge, response: JSON.stringify(good) }));
});

test('an account has twenty passkeys at most, and the next is offered once one is removed', async (context) => {
  const { alice, enrol, passkeys, register } = await open(context);
  const { challenge, options } = asked(await passkeys.registrationOptions(alice));
  const late = makeAuthenticator('id.example', 'late').create({ options, origin });
  for (let count = 1; count <= 20; count += 1) {
    assert.equal(await register(makeAuthenticator('id.example', `credential-${count}`)), 'registered');
  }
  assert.equal(await passkeys.registrationOptions(alice), 'full');
  const answer = { account: alice, challenge, response: late, name: '', audit: someAudit };
  assert.equal(await passkeys.register(answer), 'full');
  assert.equal((await passkeys.list(alice.id)).length, 20);
  assert.equal(
    await register(makeAuthenticator('id.example', 'of-bob'), {}, await enrol('bob', 'battery staple')),
    'registered',
  );
  const [first] = await passkeys.list(alice.id);
  await passkeys.remove(alice.id, first?.id ?? '', someAudit);
  assert.equal(await passkeys.register(answer), 'registered');
});

test('a passkey gets another name from its person alone, as one that can be shown', async (context) => {
  const { alice, enrol, passkeys, authenticator, register } = await open(context);
  const bob = await enrol('bob', 'battery staple');
  await register();
  const nameAfter = async (name: string, accountId = alice.id) => {
    const outcome = await passkeys.rename(accountId, authenticator.id, name);
    return [outcome, (await passkeys.list(alice.id))[0]?.name];
  };
  assert.deepEqual(await nameAfter(' Phone\u0000\u202e '), ['renamed', 'Phone']);
  assert.deepEqual(await nameAfter('mine now', bob.id), ['absent', 'Phone']);
  assert.deepEqual(await nameAfter('😀'.repeat(100)), ['renamed', '😀'.repeat(64)]);
  assert.deepEqual(await nameAfter(' '), ['renamed', 'Passkey']);
});

test('where the host of the issuer is an address there are no passkeys, and at localhost there are', async (context) => {
  const { stores, clock, enrol } = await openPeople(context);
  const account = await enrol('alice', 'correct horse');
  const at = (issuer: string) =>
    createPasskeys({ store: stores.passkeys, accounts: stores.accounts, clock, issuer, serverName: 'Test' });
  for (const issuer of ['http://127.0.0.1:8080', 'http://[::1]:8080', 'https://192.0.2.1/tenant']) {
    assert.equal(await at(issuer).authenticationOptions(), null, issuer);
    assert.equal(await at(issuer).registrationOptions(account), 'no-domain', issuer);
  }
  for (const issuer of ['http://localhost:8080', 'https://1.example', 'https://id.example/op']) {
    asked(await at(issuer).authenticationOptions());
    asked(await at(issuer).registrationOptions(account));
  }
});
