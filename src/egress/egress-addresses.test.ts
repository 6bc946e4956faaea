import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { isFault, startWayOut } from '../../test/fixtures/egress.ts';
import { startNameServer } from '../../test/fixtures/name-server.ts';
import { createEgress } from './egress.ts';
import { createPublicResolve } from './public-resolve.ts';

// against: egress/https
test('http is asked of this machine alone, and only where the operator allows it', async (context) => {
  const { egress, url, port, options, requests } = await startWayOut(context, { scheme: 'http' });
  assert.deepEqual(await egress.getJson(url), { ok: true });
  assert.deepEqual(await egress.getJson(`http://127.0.0.1:${port}`), { ok: true });
  const names = await startNameServer(context, ['127.0.0.1']);
  const resolve = createPublicResolve(names.resolver);
  const public_ = createEgress({ ...options, resolve });
  await assert.rejects(public_.getJson(`http://idp.example:${port}`), isFault('url'));
  const strict = createEgress({ ...options, allowLoopback: false });
  await assert.rejects(strict.getJson(url), isFault('url'));
  assert.deepEqual([requests.length, names.questions], [2, []]);
});

// against: egress/https
test('a certificate that nobody has vouched for, or that is for another name, ends the request', async (context) => {
  const { egress, url, port, options, requests } = await startWayOut(context);
  const stranger = createEgress({ ...options, certificateAuthorities: null });
  await assert.rejects(stranger.getJson(url), isFault('connection'));
  await assert.rejects(egress.getJson(`https://127.0.0.2:${port}`), isFault('connection'));
  const names = await startNameServer(context, ['127.0.0.1']);
  const other = createEgress({ ...options, resolve: createPublicResolve(names.resolver) });
  await assert.rejects(other.getJson(`https://idp.example:${port}`), isFault('connection'));
  assert.deepEqual(requests, []);
});

// against: egress/https
test('what is no https URL, or holds credentials, is not asked', async (context) => {
  const { egress, port, connections } = await startWayOut(context);
  for (const url of [
    '',
    'localhost',
    `//localhost:${port}`,
    'file:///etc/passwd',
    `ftp://localhost:${port}`,
    `ws://localhost:${port}`,
    'data:application/json,{}',
    'http://idp.example/',
    `https://user@localhost:${port}`,
    `https://user:password@localhost:${port}`,
    `https://:password@localhost:${port}`,
    'https://',
    'https://999.1.1.1/',
  ]) {
    await assert.rejects(egress.getJson(url), isFault('url'), url);
    await assert.rejects(egress.postForm(url, {}), isFault('url'), url);
    await assert.rejects(egress.fetch(url, {}), isFault('url'), url);
  }
  assert.equal(connections(), 0);
});

const hostsOfThisMachine = [
  'localhost',
  'anything.localhost',
  '127.0.0.1',
  '127.1',
  '0177.0.0.1',
  '2130706433',
  '0x7f.1',
  '0x7f000001',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
];
const hostsInDisguise = [
  '0.0.0.0',
  '0',
  '[::]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[64:ff9b::127.0.0.1]',
  '[2002:7f00:1::]',
  '10.0.0.1',
  '169.254.169.254',
  '2852039166',
  '192.168.0.1',
  '[fd00::1]',
  '[fe80::1]',
];

// against: egress/loopback, egress/clients
test('this machine is not reached unless the operator has said so, however it is named', async (context) => {
  const { port, options, connections } = await startWayOut(context);
  const egress = createEgress({ ...options, allowLoopback: false });
  for (const host of [...hostsOfThisMachine, ...hostsInDisguise]) {
    await assert.rejects(egress.getJson(`https://${host}:${port}`), isFault('address'), host);
  }
  assert.equal(connections(), 0);
});

// against: egress/loopback, egress/clients
test('where the operator has said so, this machine is reached under its own addresses alone', async (context) => {
  const { egress, port, connections } = await startWayOut(context);
  await egress.getJson(`https://127.0.0.1:${port}`);
  assert.equal(connections(), 1);
  for (const host of hostsInDisguise) {
    await assert.rejects(egress.getJson(`https://${host}:${port}`), isFault('address'), host);
  }
  assert.equal(connections(), 1);
});

// A global unicast address of nobody's: 3ffe::/16 was given back (RFC 3701).
const publicAddress = '3ffe::1';

// against: egress/rebinding
test('a name that is public when it is judged and this machine when it is asked again reaches nobody here', async (context) => {
  const { port, options, connections } = await startWayOut(context);
  const names = await startNameServer(context, [publicAddress], ['127.0.0.1', '::1']);
  const resolve = createPublicResolve(names.resolver);
  const egress = createEgress({ ...options, allowLoopback: false, resolve });
  const first = await egress.getJson(`https://rebind.example:${port}`).catch((error) => error);
  assert.ok(isFault('connection')(first) || isFault('timeout')(first), inspect(first));
  assert.deepEqual(names.questions.toSorted(), ['A rebind.example', 'AAAA rebind.example']);
  const later = egress.getJson(`https://rebind.example:${port}`);
  await assert.rejects(later, isFault('address'));
  assert.equal(names.questions.length, 4);
  assert.equal(connections(), 0);
});

// against: egress/rebinding
test('a name with one address that is refused is not reached at its others', async (context) => {
  const { port, options, connections } = await startWayOut(context);
  for (const addresses of [
    ['127.0.0.1', '10.0.0.1'],
    ['127.0.0.1', 'fd00::1'],
    ['169.254.169.254', '::1'],
  ]) {
    const names = await startNameServer(context, addresses);
    const egress = createEgress({ ...options, resolve: createPublicResolve(names.resolver) });
    await assert.rejects(egress.getJson(`https://mixed.example:${port}`), isFault('address'));
  }
  assert.equal(connections(), 0);
});

test('a name without any address is not reached, and silent name servers are a connection fault', async (context) => {
  const { port, options } = await startWayOut(context);
  const names = await startNameServer(context, []);
  const egress = createEgress({ ...options, resolve: createPublicResolve(names.resolver) });
  await assert.rejects(egress.getJson(`https://nobody.example:${port}`), isFault('address'));
  names.resolver.setServers(['127.0.0.1:1']);
  await assert.rejects(egress.getJson(`https://nobody.example:${port}`), isFault('connection'));
});

test('localhost is this machine without a question to anybody', async (context) => {
  const names = await startNameServer(context, ['127.0.0.1']);
  const { egress, url } = await startWayOut(context, { resolve: createPublicResolve(names.resolver) });
  assert.deepEqual(await egress.getJson(url), { ok: true });
  assert.deepEqual(names.questions, []);
});
