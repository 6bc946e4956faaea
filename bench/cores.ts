import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Which core each side of a measurement runs on; null where they cannot be kept apart. */
export type Cores = { readonly server: number; readonly load: number } | null;

/**
 * Moves this process, all of its threads included, to a core of its own and answers which one is left for servers.
 *
 * Needs `taskset` and two cores that this process may use; otherwise everything runs wherever the system puts it.
 */
export function takeCores(): Cores {
  const [load, server] = usableCores();
  if (load === undefined || server === undefined) return null;
  const { status } = spawnSync('taskset', ['-a', '-c', '-p', String(load), String(process.pid)]);
  return status === 0 ? { server, load } : null;
}

/** A command that runs on the servers' core. */
export function onServerCore(cores: Cores, command: readonly string[]): readonly string[] {
  return cores === null ? command : ['taskset', '-c', String(cores.server), ...command];
}

/** As Linux shows them: `0-3,8`. */
function usableCores(): readonly number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readProcessStatus())?.[1] ?? '';
  return list.split(',').flatMap((range) => {
    const [first = NaN, last = first] = range.split('-').map(Number);
    return Number.isNaN(first) ? [] : Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

function readProcessStatus(): string {
  try {
    return readFileSync('/proc/self/status', 'utf8');
  } catch {
    return '';
  }
}
