import type { LookupAddress } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { isLoopbackHost } from '../kernel/loopback-host.ts';
import type { Resolve } from './checked-lookup.ts';

const loopback: readonly LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

/** What a name server says where a name has no address of a family. */
const absences: readonly string[] = ['ENODATA', 'ENOTFOUND'];

/** The part of a `Resolver` that is used. */
export type NameServers = Pick<Resolver, 'resolve4' | 'resolve6'>;

/**
 * Resolves the names of the public internet: by name servers alone, because a name whose servers are silent would hold up one of the few
 * threads that the machine's own resolution has. `localhost` is this machine (RFC 6761 §6.3).
 * @param servers default: those that the machine is configured with
 */
export function createPublicResolve(
  servers: NameServers = new Resolver({ timeout: 2000, tries: 2 }),
): Resolve {
  return async (hostname) => {
    if (isLoopbackHost(hostname)) return loopback;
    const answers = await Promise.allSettled([
      servers.resolve4(hostname).then((addresses) => ofFamily(addresses, 4)),
      servers.resolve6(hostname).then((addresses) => ofFamily(addresses, 6)),
    ]);
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (addresses.length === 0) throwFault(answers);
    return addresses;
  };
}

function ofFamily(addresses: readonly string[], family: 4 | 6): readonly LookupAddress[] {
  return addresses.map((address) => ({ address, family }));
}

/** A name without any address is no fault of its servers. */
function throwFault(answers: readonly PromiseSettledResult<unknown>[]): void {
  for (const answer of answers) {
    if (answer.status === 'rejected' && !absences.includes(answer.reason?.code)) throw answer.reason;
  }
}
