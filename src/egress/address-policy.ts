import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** Says why a kind of request may not connect to an IP address; undefined when it may. */
export type AddressPolicy = (address: string) => string | undefined;

/** Address ranges that are not simply someone's host (RFC 6890), by what they are for. */
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
} as const satisfies Readonly<Record<string, readonly string[]>>;

type AddressRange = keyof typeof ranges;

/**
 * For services that the operator names: private networks are where they stand. This machine is reached only where the
 * operator has said so.
 */
export function operatorAddresses(options: { readonly allowLoopback: boolean }): AddressPolicy {
  const always = [
    'unspecified',
    'link-local',
    'metadata',
    'locally translated',
    'multicast',
    'broadcast',
  ] as const;
  return refuseRanges(options.allowLoopback ? always : [...always, 'loopback']);
}

function refuseRanges(names: readonly AddressRange[]): AddressPolicy {
  const lists = names.map((name) => [name, listOf(ranges[name])] as const);
  return (address) => {
    const [bare = ''] = address.split('%', 1);
    const family = isIPv6(bare) ? 'ipv6' : 'ipv4';
    if (family === 'ipv4' && !isIPv4(bare)) return 'is no IP address';
    const [refused] = lists.find(([, list]) => list.check(bare, family)) ?? [];
    return refused && `is a ${refused} address`;
  };
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks.flatMap((each) => [each, ...translatedForms(each)])) {
    const [address = '', prefix] = network.split('/');
    list.addSubnet(address, Number(prefix), isIPv6(address) ? 'ipv6' : 'ipv4');
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
