import assert from 'node:assert/strict';
import type { LookupAddress } from 'node:dns';
import { type TestContext, test } from 'node:test';
import { rootCertificates } from 'node:tls';
import { inspect } from 'node:util';
import { type SignerFault, startRemoteSigner } from '../../test/fixtures/remote-signer.ts';
import { randomUuid } from '../kernel/random.ts';
import { EgressError, type EgressFault } from './errors.ts';
import { createOperatorService, type OperatorServiceOptions } from './operator-service.ts';

/** A service on loopback, and the way to it with what `changes` change. */
async function start(context: TestContext, changes: Partial<OperatorServiceOptions> = {}) {
  const service = await startRemoteSigner(context);
  const options = { url: service.url, token: service.token, certificateAuthorities: service.ca };
  const post = createOperatorService({ ...options, allowLoopback: true, ...changes });
  return { ...service, port: new URL(service.url).port, options, post };
}

function isFault(fault: EgressFault): (error: unknown) => boolean {
  return (error) => error instanceof EgressError && error.fault === fault;
}

const aKey = () => ({ request_id: randomUuid(), client_id: randomUuid(), key_type: 'Ed25519' });

/** A name resolution that gives each question the next of `answers`. */
function resolveTo(...answers: readonly (readonly string[])[]) {
  const asked: string[] = [];
  return {
    asked,
    resolve: async (hostname: string): Promise<LookupAddress[]> => {
      const answer = answers[asked.length] ?? [];
      asked.push(hostname);
      return answer.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    },
  };
}

test('a service gets the JSON and the token, below the path of its URL', async (context) => {
  const { post, requests, url, options } = await start(context);
  assert.deepEqual(await post('/v1/remove-key', { key_id: 'a' }), {});
  const below = createOperatorService({ ...options, url: `${url}/tenant/`, allowLoopback: true });
  await assert.rejects(below('/v1/remove-key', {}), isFault('status'));
  assert.deepEqual(requests, ['/v1/remove-key', '/tenant/v1/remove-key']);
});

const faults: readonly (readonly [SignerFault, EgressFault])[] = [
  ['server-error', 'status'],
  ['redirect', 'status'],
  ['wrong-content-type', 'not-json'],
  ['malformed', 'not-json'],
  ['oversized', 'too-large'],
  ['cut', 'connection'],
];
for (const [fault, expected] of faults) {
  // against: egress/answers
  test(`a service with the fault ${fault} is a ${expected} fault, and is asked once`, async (context) => {
    const { post, behave, requests } = await start(context);
    behave(fault);
    await assert.rejects(post('/v1/generate-key', aKey()), isFault(expected));
    assert.deepEqual(requests, ['/v1/generate-key']);
    behave(null);
    await post('/v1/generate-key', aKey());
  });
}

// against: egress/answers, egress/budget
test('a service that does not answer is given up, and so is what waits behind it, which is bounded', async (context) => {
  const { post, behave } = await start(context, { timeLimitMs: 500 });
  behave('hang');
  // The second time all that was waited for has been given up.
  for (const _ of ['first', 'second']) {
    const outcomes = await Promise.allSettled(Array.from({ length: 300 }, () => post('/v1/sign', {})));
    const faults = outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason.fault);
    assert.equal(faults.filter((fault) => fault === 'timeout').length, 272);
    assert.equal(faults.filter((fault) => fault === 'busy').length, 28);
  }
});

// against: egress/https
test('a service whose certificate nobody has vouched for is not asked', async (context) => {
  const stranger = await startRemoteSigner(context);
  for (const certificateAuthorities of [null, stranger.ca]) {
    const { post, requests } = await start(context, { certificateAuthorities });
    await assert.rejects(post('/v1/generate-key', aKey()), isFault('connection'));
    assert.deepEqual(requests, []);
  }
});

// against: egress/https
test('a certificate is for one name', async (context) => {
  const { port } = await start(context);
  const { resolve } = resolveTo(['127.0.0.1']);
  const { post, requests } = await start(context, { url: `https://other.example:${port}`, resolve });
  await assert.rejects(post('/v1/generate-key', aKey()), isFault('connection'));
  assert.deepEqual(requests, []);
});

test('every root of a file is trusted, also one that is not the first', async (context) => {
  const { options } = await start(context);
  const certificateAuthorities = `${rootCertificates[0]}\n${options.certificateAuthorities}`;
  const post = createOperatorService({ ...options, certificateAuthorities, allowLoopback: true });
  assert.deepEqual(await post('/v1/remove-key', {}), {});
});

// against: egress/loopback
test('this machine is not reached unless the operator has said so, however it is named', async (context) => {
  const { port, requests, options } = await start(context);
  const hosts = [
    'localhost',
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '0.0.0.0',
  ];
  for (const host of hosts) {
    const url = `https://${host}:${port}`;
    const post = createOperatorService({ ...options, url, allowLoopback: false });
    await assert.rejects(post('/v1/generate-key', aKey()), isFault('address'), host);
  }
  assert.deepEqual(requests, []);
});

test('an address that may be reached is reached by its address', async (context) => {
  const { port, options } = await start(context);
  const post = createOperatorService({ ...options, url: `https://127.0.0.1:${port}`, allowLoopback: true });
  assert.deepEqual(await post('/v1/remove-key', {}), {});
});

// against: egress/rebinding
test('a name with one address that is refused is not reached at its others', async (context) => {
  const { resolve } = resolveTo(['127.0.0.1', '169.254.169.254']);
  const { post, requests } = await start(context, { resolve });
  await assert.rejects(post('/v1/generate-key', aKey()), isFault('address'));
  assert.deepEqual(requests, []);
});

test('a name without any address is not reached', async (context) => {
  const { post } = await start(context, { resolve: resolveTo([]).resolve });
  await assert.rejects(post('/v1/generate-key', aKey()), isFault('address'));
});

// against: egress/rebinding
test('a name is resolved once for a connection, and what was judged is what is reached', async (context) => {
  const { resolve, asked } = resolveTo(['127.0.0.1'], ['169.254.169.254']);
  const { post } = await start(context, { resolve });
  await post('/v1/remove-key', {});
  await post('/v1/remove-key', {});
  assert.deepEqual(asked, ['localhost']);
});

test('a request that meets a connection that was just closed is sent again', async (context) => {
  const { post, cutConnections, requests } = await start(context);
  await Promise.all([post('/v1/remove-key', {}), post('/v1/remove-key', {})]);
  cutConnections();
  assert.deepEqual(await post('/v1/remove-key', {}), {});
  assert.equal(requests.length, 3);
});

test('a service that is not there is a connection fault', async (context) => {
  const { post, stop } = await start(context);
  await stop();
  await assert.rejects(post('/v1/remove-key', {}), isFault('connection'));
});

test('no fault tells the token, what was sent or what was answered', async (context) => {
  const { post, behave, token } = await start(context);
  for (const fault of ['server-error', 'malformed', 'cut', 'wrong-content-type'] as const) {
    behave(fault);
    const told = await post('/v1/remove-key', { key_id: 'a-secret-id' }).catch((error) => inspect(error));
    assert.match(String(told), /EgressError/);
    assert.ok(!String(told).includes(token));
    assert.doesNotMatch(String(told), /a-secret-id|key_id/);
  }
});
