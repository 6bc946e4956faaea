import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import type { AddressPolicy } from './address-policy.ts';
import { EgressError } from './errors.ts';

/** Asks for every address of a host name. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

/** As the machine resolves names. */
export const systemResolve: Resolve = (hostname) => lookup(hostname, { all: true });

/**
 * The name resolution of a connection: resolves once, and answers the very addresses that were judged, so that no second
 * answer of the name's owner comes in between (DNS rebinding). A name with one refused address has none.
 */
export function createCheckedLookup(policy: AddressPolicy, resolve: Resolve): LookupFunction {
  const resolveAllowed = async (hostname: string): Promise<LookupAddress[]> => {
    const addresses = await resolve(hostname);
    if (addresses.length === 0) throw new EgressError('address', `${hostname} has no address`);
    for (const { address } of addresses) checkAddress(policy, hostname, address);
    return [...addresses];
  };

  return (hostname, { all }, callback) => {
    resolveAllowed(hostname).then(
      (addresses) => {
        const [first] = addresses;
        if (all) callback(null, addresses);
        else callback(null, first?.address ?? '', first?.family);
      },
      (error) => callback(error, []),
    );
  };
}

/**
 * What a URL names by its address is never resolved, so it is judged on its own.
 * @throws EgressError `address`
 */
export function checkLiteralAddress(policy: AddressPolicy, { hostname }: URL): void {
  const bare = hostname.replace(/^\[|\]$/g, '');
  if (isIP(bare) !== 0) checkAddress(policy, hostname, bare);
}

function checkAddress(policy: AddressPolicy, hostname: string, address: string): void {
  const fault = policy(address);
  if (fault !== undefined) throw new EgressError('address', `${hostname}: ${address} ${fault}`);
}
