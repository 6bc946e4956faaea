import assert from 'node:assert/strict';
import { test } from 'node:test';
import { operatorAddresses } from './address-policy.ts';

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
