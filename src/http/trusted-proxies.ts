import { BlockList, isIPv6 } from 'node:net';

/** Whether an address is that of a trusted proxy. */
export type IsTrustedProxy = (address: string) => boolean;

/** @param networks addresses and CIDR blocks, as the configuration has checked them */
export function createTrustedProxies(networks: readonly string[]): IsTrustedProxy {
  if (networks.length === 0) return () => false;
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    if (prefix === undefined) list.addAddress(address, familyOf(address));
    else list.addSubnet(address, Number(prefix), familyOf(address));
  }
  // A dual-stack socket shows IPv4 peers as ::ffff:a.b.c.d, which the list compares with its IPv4 entries.
  return (address) => list.check(address, familyOf(address));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}
