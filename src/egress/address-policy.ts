import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** Says why a kind of request may not connect to an IP address; undefined when it may. */
export type AddressPolicy = (address: string) => string | undefined;

/** Address ranges that are not simply someone's host, by what they are for. */
const ranges = {
  unspecified: ['0.0.0.0/8', '::/128'],
  loopback: ['127.0.0.0/8', '::1/128'],
  'link-local': ['169.254.0.0/16', 'fe80::/10'],
  /** Where clouds tell their machines their credentials, as far as that is not link-local: AWS, Google Cloud, Azure, Alibaba Cloud. */
  metadata: ['fd00:ec2::254/128', 'fd20:ce::254/128', '168.63.129.16/32', '100.100.100.200/32'],
  /** RFC 8215: where the IPv4 address stands in it, the network alone knows. */
  'locally translated': ['64:ff9b:1::/48'],
  multicast: ['224.0.0.0/4', 'ff00::/8'],
  broadcast: ['255.255.255.255/32'],
  /** What else the IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890, RFC 8190) list, and what is reserved. */
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7', 'fec0::/10'],
  documentation: ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32', '3fff::/20'],
  'special-purpose': [
    '192.0.0.0/24',
    '192.31.196.0/24',
    '192.52.193.0/24',
    '192.88.99.0/24',
    '192.175.48.0/24',
    '198.18.0.0/15',
    '2001::/23',
    '2620:4f:8000::/48',
  ],
  translated: ['::ffff:0:0/96', '::ffff:0:0:0/96', '64:ff9b::/96', '2002::/16'],
  reserved: ['240.0.0.0/4', '::/3', '4000::/2', '8000::/1'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

type AddressRange = keyof typeof ranges;

const nobodys = [
  'unspecified',
  'link-local',
  'metadata',
  'locally translated',
  'multicast',
  'broadcast',
] as const;

/**
 * For services that the operator names: private networks are where they stand. This machine is reached only where the
 * operator has said so.
 */
export function operatorAddresses(options: { readonly allowLoopback: boolean }): AddressPolicy {
  return refuseRanges(options.allowLoopback ? nobodys : [...nobodys, 'loopback']);
}

/**
 * For what others name: the hosts of the public internet alone, and no address in which another one stands. This machine is reached
 * only where the operator has said so, and under its own addresses.
 */
export function publicAddresses(options: { readonly allowLoopback: boolean }): AddressPolicy {
  const refused = refuseRanges([
    ...nobodys,
    'loopback',
    'private',
    'documentation',
    'special-purpose',
    'translated',
    'reserved',
  ]);
  const ownFault = loopbackAddresses();
  return (address) =>
    options.allowLoopback && ownFault(address) === undefined ? undefined : refused(address);
}

/** This machine alone, under its own addresses. */
export function loopbackAddresses(): AddressPolicy {
  const [ipv4, ipv6] = ranges.loopback.map((network) => listOf([network]));
  const lists = { ipv4, ipv6 };
  return (address) => {
    const family = familyOf(address);
    return family && lists[family]?.check(address, family) ? undefined : 'is no loopback address';
  };
}

function refuseRanges(names: readonly AddressRange[]): AddressPolicy {
  const lists = names.map((name) => {
    const networks = ranges[name].flatMap((each) => [each, ...translatedForms(each)]);
    // An IPv4 address would be found in an IPv6 network that its mapped form stands in.
    const ipv4 = listOf(networks.filter((network) => !network.includes(':')));
    return { name, ipv4, ipv6: listOf(networks) };
  });
  return (address) => {
    const [bare = ''] = address.split('%', 1);
    const family = familyOf(bare);
    if (family === undefined) return 'is no IP address';
    const refused = lists.find((list) => list[family].check(bare, family));
    return refused && `is a ${refused.name} address`;
  };
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  if (isIPv4(address)) return 'ipv4';
  return isIPv6(address) ? 'ipv6' : undefined;
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    list.addSubnet(address, Number(prefix), familyOf(address) ?? 'ipv4');
  }
  return list;
}

/**
 * The IPv6 networks in which an IPv4 network stands once more: IPv4-translated (RFC 2765 §2.1), NAT64 (RFC 6052 §2.1), 6to4
 * (RFC 3056 §2). IPv4-mapped addresses the list compares with IPv4 networks itself.
 */
function translatedForms(network: string): readonly string[] {
  const [address = '', prefix] = network.split('/');
  if (!isIPv4(address)) return [];
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  const groups = [(a << 8) | b, (c << 8) | d].map((group) => group.toString(16)).join(':');
  return [
    `::ffff:0:${address}/${96 + Number(prefix)}`,
    `64:ff9b::${address}/${96 + Number(prefix)}`,
    `2002:${groups}::/${16 + Number(prefix)}`,
  ];
}
