import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileSchema } from './file-schema.ts';

/** The limits that a file leads to; undefined: it is refused. */
const limitsOf = (rateLimits: object) =>
  fileSchema.safeParse({ server: { rateLimits } }).data?.server.rateLimits;

test('without any setting addresses and their failures are limited, and clients and this machine are not', () => {
  const limits = limitsOf({});
  for (const endpoint of ['token', 'introspection', 'revocation', 'administration'] as const) {
    assert.ok((limits?.[endpoint].perAddress?.perSecond ?? 0) >= 500, endpoint);
    assert.equal(limits?.[endpoint].perClient, null, endpoint);
  }
  for (const endpoint of ['authorization', 'interactions', 'login'] as const) {
    assert.ok((limits?.[endpoint].perAddress?.burst ?? 0) >= 200, endpoint);
  }
  assert.deepEqual(limits?.failedAuthentications, {
    perAddress: { perMinute: 60, burst: 60 },
    perClientAndAddress: { perMinute: 20, burst: 20 },
  });
  assert.equal(limits?.limitLoopback, false);
});

test('each limit is set or switched off alone', () => {
  const limits = limitsOf({
    token: { perAddress: null, perClient: { perSecond: 10, burst: 20 } },
    failedAuthentications: { perAddress: null },
  });
  assert.deepEqual(limits?.token, { perAddress: null, perClient: { perSecond: 10, burst: 20 } });
  assert.deepEqual(limits?.failedAuthentications.perAddress, null);
  assert.notEqual(limits?.failedAuthentications.perClientAndAddress, null);
  assert.notEqual(limits?.introspection.perAddress, null);
});

test('a rate is a count and a burst of at least one, and nothing else', () => {
  for (const perAddress of [
    {},
    { perSecond: 1 },
    { burst: 1 },
    { perSecond: 0, burst: 1 },
    { perSecond: 1, burst: 0 },
    { perSecond: 0.5, burst: 1 },
    { perMinute: 1, burst: 1 },
    { perSecond: 1, burst: 1, perMinute: 1 },
    5,
  ]) {
    assert.equal(limitsOf({ token: { perAddress } }), undefined, JSON.stringify(perAddress));
  }
});
