import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Attempt, TooManyRequestsError, unlimitedAttempt } from '../../kernel/request-limits.ts';
import { createRequestLimits, type RateLimitSettings } from './request-limits.ts';

type Endpoint = 'token' | 'introspection' | 'administration';

const nothing: RateLimitSettings<Endpoint> = {
  token: { perAddress: null, perClient: null },
  introspection: { perAddress: null, perClient: null },
  administration: { perAddress: null, perClient: null },
  failedAuthentications: { perAddress: null, perClientAndAddress: null },
  limitLoopback: false,
};

const shop = '018f3a5c-0000-7000-8000-000000000001';
const desk = '018f3a5c-0000-7000-8000-000000000002';

/** Limits whose time the test tells. */
function open(changes: Partial<RateLimitSettings<Endpoint>>) {
  const clock = { now: 0 };
  const limits = createRequestLimits<Endpoint>({
    settings: { ...nothing, ...changes },
    endpoints: { token: 'secret', introspection: 'secret', administration: 'token' },
    trustedProxies: [],
    milliseconds: () => clock.now,
  });
  const admit = (remoteAddress: string, endpoint: Endpoint = 'token'): Attempt =>
    limits[endpoint].admit({ headers: {}, socket: { remoteAddress } });
  /** An attempt that proves nothing. */
  const fail = (address: string, clientId?: string, endpoint?: Endpoint): void => {
    const attempt = admit(address, endpoint);
    if (clientId !== undefined) attempt.claim(clientId);
    attempt.fail();
  };
  return { clock, admit, fail };
}

function refused(limit: string, retryAfterSeconds: number) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof TooManyRequestsError);
    assert.deepEqual([error.limit, error.retryAfterSeconds], [`rateLimits.${limit}`, retryAfterSeconds]);
    return true;
  };
}

test('an address may ask as often as its limit says, at each kind of endpoint', () => {
  const perAddress = { perSecond: 1, burst: 2 };
  const { clock, admit } = open({
    token: { perAddress, perClient: null },
    introspection: { perAddress, perClient: null },
  });
  for (let times = 0; times < 2; times += 1) admit('192.0.2.1');
  assert.throws(() => admit('192.0.2.1'), refused('token.perAddress', 1));
  admit('192.0.2.2');
  admit('192.0.2.1', 'introspection');
  clock.now += 1000;
  admit('192.0.2.1');
  assert.throws(() => admit('192.0.2.1'), refused('token.perAddress', 1));
});

// against: operations/limits
test('an address that fails too often is refused everywhere, before and after its body is read, until it has waited', () => {
  const { clock, admit, fail } = open({
    failedAuthentications: { perAddress: { perMinute: 6, burst: 3 }, perClientAndAddress: null },
  });
  const early = admit('192.0.2.1');
  for (const id of [shop, desk, 'no-uuid']) fail('192.0.2.1', id);
  assert.throws(() => admit('192.0.2.1'), refused('failedAuthentications.perAddress', 10));
  assert.throws(() => admit('192.0.2.1', 'introspection'), refused('failedAuthentications.perAddress', 10));
  assert.throws(() => early.claim(shop), refused('failedAuthentications.perAddress', 10));
  admit('192.0.2.2').claim(shop);
  clock.now += 10_000;
  admit('192.0.2.1').claim(shop);
});

// against: operations/limits
test('a client whose secret is wrong at one address is refused there alone, and stops no other client there', () => {
  const { clock, admit, fail } = open({
    failedAuthentications: {
      perAddress: { perMinute: 60, burst: 60 },
      perClientAndAddress: { perMinute: 20, burst: 2 },
    },
  });
  for (let times = 0; times < 2; times += 1) fail('192.0.2.1', shop);
  for (let times = 0; times < 100; times += 1) {
    assert.throws(
      () => admit('192.0.2.1').claim(shop),
      refused('failedAuthentications.perClientAndAddress', 3),
    );
  }
  admit('192.0.2.1').claim(desk);
  admit('192.0.2.2').claim(shop);
  clock.now += 3000;
  admit('192.0.2.1').claim(shop);
});

test('failures are counted together at every endpoint, and a good proof is none', () => {
  const { admit, fail } = open({
    failedAuthentications: { perAddress: { perMinute: 1, burst: 2 }, perClientAndAddress: null },
  });
  for (let times = 0; times < 5; times += 1) {
    const attempt = admit('192.0.2.1');
    attempt.claim(shop);
    attempt.succeed(shop);
  }
  fail('192.0.2.1', shop, 'token');
  fail('192.0.2.1', shop, 'introspection');
  assert.throws(() => admit('192.0.2.1'), TooManyRequestsError);
});

// against: operations/limits
test('a client may ask as often as its limit says, from all addresses together, and no stranger uses that up', () => {
  const { clock, admit, fail } = open({
    token: { perAddress: null, perClient: { perSecond: 1, burst: 2 } },
  });
  for (let times = 0; times < 50; times += 1) fail('198.51.100.1', shop);
  admit('192.0.2.1').succeed(shop);
  admit('192.0.2.2').succeed(shop);
  assert.throws(() => admit('192.0.2.3').succeed(shop), refused('token.perClient', 1));
  assert.throws(() => admit('127.0.0.1').succeed(shop), refused('token.perClient', 1));
  admit('192.0.2.3').succeed(desk);
  admit('192.0.2.3', 'introspection').succeed(shop);
  clock.now += 1000;
  admit('192.0.2.1').succeed(shop);
});

test('what is not limited makes nothing for a request, and this machine is not', () => {
  const limits = open({
    token: { perAddress: { perSecond: 1, burst: 1 }, perClient: null },
    failedAuthentications: {
      perAddress: { perMinute: 1, burst: 1 },
      perClientAndAddress: { perMinute: 1, burst: 1 },
    },
  });
  for (let times = 0; times < 10; times += 1) {
    const attempt = limits.admit('127.0.0.1');
    attempt.claim(shop);
    attempt.fail();
    assert.equal(attempt, unlimited(limits));
  }
});

/** The attempt of this machine, which all its requests share. */
function unlimited({ admit }: { readonly admit: (address: string) => Attempt }): Attempt {
  assert.deepEqual(admit('::1'), unlimitedAttempt);
  return admit('::1');
}

// against: operations/limits
test('bearer tokens that fail stop nobody from authenticating, and secrets that fail no token', () => {
  const { admit, fail } = open({
    failedAuthentications: { perAddress: { perMinute: 1, burst: 1 }, perClientAndAddress: null },
  });
  fail('192.0.2.1', undefined, 'administration');
  admit('192.0.2.1', 'token');
  assert.throws(() => admit('192.0.2.1', 'administration'), refused('failedAuthentications.perAddress', 60));
  fail('192.0.2.2', shop, 'token');
  admit('192.0.2.2', 'administration');
  assert.throws(() => admit('192.0.2.2', 'introspection'), refused('failedAuthentications.perAddress', 60));
});

// against: operations/limits
test('forgotten passwords keep no client of an address from authenticating, and nobody from where nothing is proven', () => {
  const none = { perAddress: null, perClient: null };
  const limits = createRequestLimits({
    settings: {
      ...nothing,
      failedAuthentications: { perAddress: { perMinute: 6, burst: 1 }, perClientAndAddress: null },
      login: none,
      authorization: none,
    },
    endpoints: { token: 'secret', login: 'password', authorization: 'none' },
    trustedProxies: [],
    milliseconds: () => 0,
  });
  const source = { headers: {}, socket: { remoteAddress: '192.0.2.1' } };
  limits.login.admit(source).fail();
  assert.throws(() => limits.login.admit(source), refused('failedAuthentications.perAddress', 10));
  limits.token.admit(source).claim(shop);
  limits.authorization.admit(source).fail();
  limits.authorization.admit(source).claim(shop);
});
