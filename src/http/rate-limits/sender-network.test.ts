import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fastify } from 'fastify';
import { createTrustedProxies } from '../trusted-proxies.ts';
import { createSenderNetworks, networkOf } from './sender-network.ts';

/** By what a request is counted that comes from `peer`, where 10.0.0.0/8 and this machine are proxies unless `trusted` says else. */
function senderOf(
  peer: string | undefined,
  forwarded?: string,
  { trusted = ['10.0.0.0/8', '127.0.0.0/8', '::1'], limitLoopback = false } = {},
): string | null {
  const networks = createSenderNetworks({ isTrustedProxy: createTrustedProxies(trusted), limitLoopback });
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  return networks({ headers, socket: { remoteAddress: peer } });
}

test('an IPv4 address counts as it is, however a socket shows it', () => {
  for (const address of ['198.51.100.7', '::ffff:198.51.100.7'])
    assert.equal(networkOf(address), '198.51.100.7');
});

// against: operations/limits
test('IPv6 addresses count by their first 64 bits, wherever zeros are left out', () => {
  const same: readonly (readonly [network: string, ...addresses: string[]])[] = [
    [
      '2001:db8:1:2',
      '2001:db8:1:2:3:4:5:6',
      '2001:db8:1:2::',
      '2001:db8:1:2::1',
      '2001:db8:1:2:0:ffff:192.0.2.1',
    ],
    ['2001:db8:0:0', '2001:db8::1', '2001:db8:0:0:1::', '2001:db8::1:2:3:4', '2001:db8::'],
    ['2001:db8:1:0', '2001:db8:1::7', '2001:db8:1:0:7:7:7:7'],
    ['2001:0:0:2', '2001::2:3:4:5:6', '2001:0:0:2::1'],
    ['0:0:0:2', '::2:3:4:5:6'],
    ['fe80:0:0:0', 'fe80::1%eth0', 'fe80::2'],
    ['0:0:0:0', '::', '::192.0.2.1', '::2'],
    ['0:1:2:3', '::1:2:3:4:5:6:7'],
  ];
  for (const [network, ...addresses] of same) {
    for (const address of addresses) assert.equal(networkOf(address), network, address);
  }
});

// against: operations/limits
test('what a peer that is no trusted proxy says of itself changes nothing', () => {
  for (const forwarded of ['192.0.2.1', '127.0.0.1', '::1', '10.0.0.1', 'unknown']) {
    assert.equal(senderOf('203.0.113.9', forwarded), '203.0.113.9');
  }
  assert.equal(senderOf('127.0.0.1', '192.0.2.1', { trusted: [] }), null);
});

test('of a trusted proxy the last address counts that is none of a trusted proxy', () => {
  const cases: readonly (readonly [forwarded: string, network: string])[] = [
    ['192.0.2.1', '192.0.2.1'],
    ['198.51.100.1, 192.0.2.1', '192.0.2.1'],
    ['127.0.0.1, 192.0.2.1 , 10.0.0.9', '192.0.2.1'],
    ['192.0.2.1:51234', '192.0.2.1'],
    ['[2001:db8::1]:51234, 10.0.0.9', '2001:db8:0:0'],
    ['[2001:db8::1]', '2001:db8:0:0'],
    ['10.0.0.2', '10.0.0.2'],
  ];
  for (const [forwarded, network] of cases) assert.equal(senderOf('10.0.0.1', forwarded), network, forwarded);
});

test('the address that counts is the one that the log has', async (t) => {
  const trustProxy = createTrustedProxies(['10.0.0.0/8', '127.0.0.0/8', '::1']);
  const app = fastify({ trustProxy });
  app.get('/', async ({ ip }) => ip);
  t.after(() => app.close());
  const address = fc.constantFrom('10.0.0.1', '10.9.9.9', '127.0.0.1', '::1', '192.0.2.1', '2001:db8::1');
  await fc.assert(
    fc.asyncProperty(address, fc.array(address, { maxLength: 5 }), async (peer, named) => {
      const forwarded = named.join(', ');
      const headers = { 'x-forwarded-for': forwarded };
      const { body: ip } = await app.inject({ url: '/', remoteAddress: peer, headers });
      assert.equal(senderOf(peer, forwarded, { limitLoopback: true }), networkOf(ip));
    }),
  );
});

// against: operations/limits
test('an address that a proxy writes in its own way is the same address', () => {
  const same: readonly (readonly [network: string, ...spellings: string[]])[] = [
    [
      '192.0.2.1',
      '::FFFF:192.0.2.1',
      '::ffff:c000:201',
      '0:0:0:0:0:ffff:192.0.2.1',
      '[::ffff:C000:0201]:443',
    ],
    ['2001:db8:0:0', '2001:DB8::1', '2001:0db8:0000:0000:0:0:0:1', '[2001:db8::0.0.0.1]:443'],
    ['fe80:0:0:0', 'FE80::1%eth0', 'fe80::1%25eth0'],
  ];
  for (const [network, ...spellings] of same) {
    for (const spelling of spellings) assert.equal(senderOf('10.0.0.1', spelling), network, spelling);
  }
  for (const spelling of ['0:0:0:0:0:0:0:1', '::FFFF:127.0.0.1', '::ffff:7f00:1']) {
    assert.equal(senderOf('127.0.0.1', spelling), null, spelling);
  }
});

test('what is no address ends the way there, and the proxy that brought it counts', () => {
  for (const forwarded of [
    'unknown',
    '',
    ',',
    '192.0.2.1, unknown',
    '999.1.1.1',
    '192.0.2.1:x',
    '[192.0.2.1]x',
  ]) {
    assert.equal(senderOf('10.0.0.1', forwarded), '10.0.0.1', forwarded);
  }
  assert.equal(senderOf('10.0.0.1', 'unknown, 10.0.0.2'), '10.0.0.2');
});

test('this machine is not counted, unless it is to be', () => {
  for (const address of ['127.0.0.1', '127.8.9.1', '::1', '::ffff:127.0.0.1']) {
    assert.equal(senderOf(address), null);
    assert.equal(senderOf(address, undefined, { trusted: [] }), null);
    assert.notEqual(senderOf(address, undefined, { trusted: [], limitLoopback: true }), null);
  }
});

// against: operations/limits
test('a proxy elsewhere that names this machine does not get it off being counted', () => {
  assert.equal(senderOf('10.0.0.1', '127.0.0.1'), '127.0.0.1');
  assert.equal(senderOf('127.0.0.1', '127.0.0.1, 10.0.0.1'), '127.0.0.1');
  assert.equal(senderOf('127.0.0.1', '127.0.0.1'), null);
});

test('a peer that is gone is counted too', () => {
  assert.equal(senderOf(undefined), '');
});
