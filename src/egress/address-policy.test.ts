import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loopbackAddresses, operatorAddresses, publicAddresses } from './address-policy.ts';

const loopback = [
  '127.0.0.1',
  '127.255.255.254',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '64:ff9b::127.0.0.1',
  '64:ff9b::7f00:1',
  '::ffff:0:127.0.0.1',
  '2002:7f00:1::',
  '2002:7f00:1::1',
];
const nobody = [
  '0.0.0.0',
  '0.1.2.3',
  '::',
  '::ffff:0.0.0.0',
  '169.254.0.1',
  '169.254.169.254',
  '::ffff:169.254.169.254',
  '::ffff:a9fe:a9fe',
  '64:ff9b::169.254.169.254',
  '2002:a9fe:a9fe::',
  'fe80::1',
  'fe80::1%eth0',
  'febf::1',
  'fd00:ec2::254',
  'fd00:0ec2:0::0254',
  'fd20:ce::254',
  'fd20:00ce::0254%eth0',
  '168.63.129.16',
  '::ffff:168.63.129.16',
  '64:ff9b::168.63.129.16',
  '2002:a83f:8110::',
  '100.100.100.200',
  '::ffff:100.100.100.200',
  '64:ff9b:1::a9fe:a9fe',
  '64:ff9b:1:a9fe:a9:fe00::',
  '64:ff9b:1:ffff:ffff:ffff:10.0.0.1',
  '224.0.0.1',
  '255.255.255.255',
  'ff02::1',
];
const somebody = [
  '10.0.0.1',
  '172.16.0.1',
  '192.168.0.1',
  '100.64.0.1',
  '100.100.100.201',
  '168.63.129.17',
  '128.0.0.1',
  '126.255.255.255',
  '169.253.255.255',
  '169.255.0.0',
  '1.0.0.0',
  '2001:db8::1',
  'fd00::1',
  'fec0::1',
  '::ffff:10.0.0.1',
  '64:ff9b::10.0.0.1',
  '64:ff9b:2::1',
  'fd20:ce::253',
  '2002:a00:1::',
];

for (const allowLoopback of [false, true]) {
  const policy = operatorAddresses({ allowLoopback });

  test(`loopback is ${allowLoopback ? 'reached' : 'refused in every form'} when allowLoopback is ${allowLoopback}`, () => {
    for (const address of loopback) {
      assert.equal(policy(address), allowLoopback ? undefined : 'is a loopback address', address);
    }
  });

  // against: egress/addresses
  test(`metadata services and addresses of nobody are refused when allowLoopback is ${allowLoopback}`, () => {
    for (const address of nobody) assert.match(policy(address) ?? '', /^is a .* address$/, address);
  });

  test(`private and public hosts are reached when allowLoopback is ${allowLoopback}`, () => {
    for (const address of somebody) assert.equal(policy(address), undefined, address);
  });
}

// against: egress/addresses
test('what is no address in its usual form is refused', () => {
  const policy = operatorAddresses({ allowLoopback: true });
  for (const text of [
    '',
    'localhost',
    '0x7f000001',
    '2130706433',
    '0177.0.0.1',
    '127.1',
    '[::1]',
    '10.0.0.1 ',
  ]) {
    assert.equal(policy(text), 'is no IP address', text);
  }
});

/** The first and the last address of every range of the IANA registries (RFC 6890), and of what nobody has been given. */
const specialPurpose: readonly (readonly [string, string])[] = [
  ['0.0.0.0', '0.255.255.255'],
  ['10.0.0.0', '10.255.255.255'],
  ['100.64.0.0', '100.127.255.255'],
  ['127.0.0.0', '127.255.255.255'],
  ['169.254.0.0', '169.254.255.255'],
  ['172.16.0.0', '172.31.255.255'],
  ['192.0.0.0', '192.0.0.255'],
  ['192.0.2.0', '192.0.2.255'],
  ['192.31.196.0', '192.31.196.255'],
  ['192.52.193.0', '192.52.193.255'],
  ['192.88.99.0', '192.88.99.255'],
  ['192.168.0.0', '192.168.255.255'],
  ['192.175.48.0', '192.175.48.255'],
  ['198.18.0.0', '198.19.255.255'],
  ['198.51.100.0', '198.51.100.255'],
  ['203.0.113.0', '203.0.113.255'],
  ['224.0.0.0', '239.255.255.255'],
  ['240.0.0.0', '255.255.255.255'],
  ['168.63.129.16', '168.63.129.16'],
  ['::', '::1'],
  ['::ffff:0:0', '::ffff:ffff:ffff'],
  ['::ffff:8.8.8.8', '::ffff:0:8.8.8.8'],
  ['64:ff9b::', '64:ff9b::8.8.8.8'],
  ['64:ff9b:1::', '64:ff9b:1:ffff:ffff:ffff:ffff:ffff'],
  ['100::', '100:0:0:1:ffff:ffff:ffff:ffff'],
  ['2001::', '2001:0:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['2001:1::1', '2001:1::3'],
  ['2001:2::', '2001:2:0:ffff:ffff:ffff:ffff:ffff'],
  ['2001:3::', '2001:4:112:ffff:ffff:ffff:ffff:ffff'],
  ['2001:10::', '2001:3f:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['2002::', '2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['2002:808:808::', '2002:808:808::1'],
  ['2620:4f:8000::', '2620:4f:8000:ffff:ffff:ffff:ffff:ffff'],
  ['3fff::', '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['4000::', '5f00::1'],
  ['fc00::', 'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['fe80::', 'febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['fec0::', 'feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['ff00::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['fe80::1%eth0', 'fe80::1%lo'],
];
/** Just outside of them. */
const publicHosts = [
  '1.0.0.0',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '128.0.0.0',
  '169.253.255.255',
  '169.255.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '191.255.255.255',
  '192.0.1.0',
  '192.0.3.0',
  '192.167.255.255',
  '192.169.0.0',
  '198.17.255.255',
  '198.20.0.0',
  '223.255.255.255',
  '8.8.8.8',
  '2000::',
  '2001:200::',
  '2001:db7:ffff::',
  '2001:db9::',
  '2003::',
  '2606:4700:4700::1111',
  '2620:4f:8001::',
  '3ffe:ffff::',
];

// against: egress/clients, egress/addresses
test('what others name is reached at addresses of the public internet alone', () => {
  for (const allowLoopback of [false, true]) {
    const policy = publicAddresses({ allowLoopback });
    for (const address of publicHosts) assert.equal(policy(address), undefined, address);
    for (const address of specialPurpose.flat()) {
      const isOwn = allowLoopback && /^(127\..*|::1)$/.test(address);
      assert.equal(policy(address) === undefined, isOwn, address);
    }
  }
});

// against: egress/clients
test('what is no address in its usual form is refused to others too', () => {
  for (const text of ['', 'localhost', '0x7f000001', '2130706433', '0177.0.0.1', '127.1', '[::1]']) {
    for (const policy of [publicAddresses({ allowLoopback: true }), loopbackAddresses()]) {
      assert.notEqual(policy(text), undefined, text);
    }
  }
});

test('plain http is for the addresses of this machine', () => {
  const policy = loopbackAddresses();
  for (const address of ['127.0.0.1', '127.255.255.254', '::1']) assert.equal(policy(address), undefined);
  for (const address of ['126.255.255.255', '128.0.0.1', '::2', '::ffff:127.0.0.1', '8.8.8.8', '2000::1']) {
    assert.equal(policy(address), 'is no loopback address', address);
  }
});
