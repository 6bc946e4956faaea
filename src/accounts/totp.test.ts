import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Secret, TOTP } from 'otpauth';
import { openPeople } from '../../test/fixtures/people.ts';
import { someAudit } from '../../test/fixtures/storage-entries.ts';
import { isTotpCode } from './totp-code.ts';

async function open(context: TestContext) {
  const people = await openPeople(context);
  const { totp, clock, enrol } = people;
  const alice = await enrol('alice', 'correct horse');
  const pending = async (accountId = alice.id) => {
    const state = await totp.stateOf(accountId);
    assert.equal(state.state, 'pending');
    return state;
  };
  /** What the app shows, `steps` from here. */
  const show = (secret: string, steps = 0) =>
    TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: (clock.now() + steps * 30) * 1000 });
  /** Enrols an app; answers its secret and the recovery codes. */
  const turnOn = async () => {
    assert.equal(await totp.begin(alice), 'begun');
    const { secret } = await pending();
    const codes = (await totp.confirm(alice.id, show(secret), someAudit)) ?? assert.fail();
    clock.advance(30);
    return { secret, codes };
  };
  return { ...people, alice, pending, show, turnOn };
}

test('an app is enrolled by its first code, and from then on signing in asks for one', async (context) => {
  const { alice, totp, pending, show } = await open(context);
  assert.deepEqual(await totp.stateOf(alice.id), { state: 'off' });
  await totp.begin(alice);
  const { secret, uri } = await pending();
  assert.match(uri, /^otpauth:\/\/totp\/Clientele:alice\?/);
  assert.equal(Secret.fromBase32(secret).bytes.length, 20);
  assert.equal(await totp.isOn(alice.id), false);
  assert.equal(await totp.confirm(alice.id, '000000', someAudit), undefined);
  const codes = await totp.confirm(alice.id, show(secret), someAudit);
  assert.equal(codes?.length, 10);
  assert.equal(await totp.isOn(alice.id), true);
  assert.deepEqual(await totp.stateOf(alice.id), { state: 'on', recoveryCodesLeft: 10 });
});

test('an app that works is replaced by none that is begun', async (context) => {
  const { alice, totp, turnOn, show } = await open(context);
  const { secret } = await turnOn();
  assert.equal(await totp.begin(alice), 'on');
  assert.equal(await totp.use(alice.id, show(secret)), true);
});

test('a secret that is begun anew is another, and the first no longer confirms', async (context) => {
  const { alice, totp, pending, show } = await open(context);
  await totp.begin(alice);
  const first = await pending();
  await totp.begin(alice);
  assert.notEqual((await pending()).secret, first.secret);
  assert.equal(await totp.confirm(alice.id, show(first.secret), someAudit), undefined);
});

test('a code is accepted one step around the present, spaces or not, and once', async (context) => {
  const { alice, totp, turnOn, show, clock } = await open(context);
  const { secret } = await turnOn();
  clock.advance(300);
  assert.equal(await totp.use(alice.id, show(secret, -2)), false);
  assert.equal(await totp.use(alice.id, show(secret, 2)), false);
  assert.equal(await totp.use(alice.id, show(secret, -1)), true);
  const present = show(secret);
  assert.equal(await totp.use(alice.id, ` ${present.slice(0, 3)} ${present.slice(3)} `), true);
  assert.equal(await totp.use(alice.id, present), false);
  assert.equal(await totp.use(alice.id, show(secret, -1)), false);
  assert.equal(await totp.use(alice.id, show(secret, 1)), true);
});

test('the code that has confirmed an app signs nobody in', async (context) => {
  const { alice, totp, pending, show } = await open(context);
  await totp.begin(alice);
  const code = show((await pending()).secret);
  assert.ok(await totp.confirm(alice.id, code, someAudit));
  assert.equal(await totp.confirm(alice.id, code, someAudit), undefined);
  assert.equal(await totp.use(alice.id, code), false);
});

// against: single-use/parallel
test('of 50 parallel uses of one code exactly one succeeds, of an app and of the recovery codes', async (context) => {
  const { alice, totp, turnOn, show } = await open(context);
  const { secret, codes } = await turnOn();
  for (const code of [show(secret), codes[0] ?? '']) {
    const used = await Promise.all(Array.from({ length: 50 }, () => totp.use(alice.id, code)));
    assert.equal(used.filter(Boolean).length, 1);
  }
  assert.deepEqual(await totp.stateOf(alice.id), { state: 'on', recoveryCodesLeft: 9 });
});

test('a recovery code is accepted however it is typed, by its own account alone', async (context) => {
  const { alice, enrol, totp, turnOn } = await open(context);
  const bob = await enrol('bob', 'battery staple');
  const { codes } = await turnOn();
  const [first = '', second = ''] = codes;
  assert.match(first, /^[0-9a-hjkmnp-tv-z]{4}(-[0-9a-hjkmnp-tv-z]{4}){2}$/);
  assert.equal(new Set(codes).size, 10);
  assert.ok(!codes.some(isTotpCode));
  assert.equal(await totp.use(bob.id, first), false);
  assert.equal(await totp.use(alice.id, ` ${first.replaceAll('-', ' ').toUpperCase()}`), true);
  assert.equal(await totp.use(alice.id, second.replaceAll('0', 'O').replaceAll('1', 'l')), true);
  for (const wrong of ['', '0', 'zzzz-zzzz-zzzz', 'x'.repeat(10_000), `${codes[2]}0`]) {
    assert.equal(await totp.use(alice.id, wrong), false);
  }
});

test('what is stored of a recovery code is good for no other account', async (context) => {
  const { alice, enrol, totp, turnOn, pending, show, stores } = await open(context);
  const { codes } = await turnOn();
  const bob = await enrol('bob', 'battery staple');
  await totp.begin(bob);
  await totp.confirm(bob.id, show((await pending(bob.id)).secret), someAudit);
  const hashes = await stores.secondFactors.recoveryHashes(alice.id);
  assert.equal(await stores.secondFactors.replaceRecoveryHashes(bob.id, hashes), 'replaced');
  assert.equal(await totp.use(bob.id, codes[0] ?? ''), false);
  assert.equal(await totp.use(alice.id, codes[0] ?? ''), true);
});

test('new recovery codes end those before', async (context) => {
  const { alice, totp, turnOn } = await open(context);
  assert.equal(await totp.renewRecoveryCodes(alice.id, someAudit), undefined);
  const { codes } = await turnOn();
  const renewed = (await totp.renewRecoveryCodes(alice.id, someAudit)) ?? assert.fail();
  assert.equal(await totp.use(alice.id, codes[0] ?? ''), false);
  assert.equal(await totp.use(alice.id, renewed[0] ?? ''), true);
});

test('an app that is taken away takes its codes with it', async (context) => {
  const { alice, totp, turnOn, show } = await open(context);
  const { secret, codes } = await turnOn();
  await totp.end(alice.id, someAudit);
  assert.deepEqual(await totp.stateOf(alice.id), { state: 'off' });
  assert.equal(await totp.use(alice.id, show(secret)), false);
  assert.equal(await totp.use(alice.id, codes[0] ?? ''), false);
});

test('neither the secret of an app nor a recovery code is in the database', async (context) => {
  const { alice, totp, turnOn, show, database } = await open(context);
  const { secret, codes } = await turnOn();
  const content = await database.content();
  const octets = Buffer.from(Secret.fromBase32(secret).bytes);
  const forms = [secret, octets.toString('base64url'), octets.toString('hex'), ...codes];
  for (const form of [...forms, ...codes.map((code) => code.replaceAll('-', ''))]) {
    assert.ok(!content.includes(form));
  }
  assert.equal(await totp.use(alice.id, show(secret)), true);
});
