import { execFileSync } from 'node:child_process';
import { Client } from 'pg';
import type { Cluster } from '../fixtures/postgres/cluster.ts';
import { until } from './deadline.ts';

/** Ways in which PostgreSQL ends. */
export type Outage = 'killed' | 'immediate' | 'fast';

type End = (postmaster: number) => void;

const ends: Readonly<Record<Outage, End>> = {
  /** Every process of it, as when memory runs out; who is in the middle of something does not get to its end. */
  killed: (postmaster) => {
    const children = childrenOf(postmaster);
    process.kill(postmaster, 'SIGKILL');
    for (const child of children) tryKill(child);
  },
  /** `pg_ctl stop -m immediate`: ends without writing anything down. */
  immediate: (postmaster) => process.kill(postmaster, 'SIGQUIT'),
  /** `pg_ctl stop -m fast`, and how packages restart it: transactions are rolled back, sessions are told. */
  fast: (postmaster) => process.kill(postmaster, 'SIGINT'),
};

const endSeconds = 30;

/** Ends the server of `cluster`; answers what starts it again. */
export async function endPostgres(cluster: Cluster, outage: Outage): Promise<() => Promise<void>> {
  const postmaster = await postmasterOf(cluster.url);
  ends[outage](postmaster);
  await until('PostgreSQL has ended', endSeconds, () => !isAlive(postmaster));
  return cluster.crash;
}

/** The parent of every process that serves a connection. */
async function postmasterOf(url: string): Promise<number> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    const pid = rows[0]?.pid;
    const parent = processes().find((entry) => entry.pid === pid)?.parent;
    if (parent === undefined) throw new Error('the process of PostgreSQL is not to be seen');
    return parent;
  } finally {
    await client.end();
  }
}

function childrenOf(parent: number): readonly number[] {
  return processes()
    .filter((entry) => entry.parent === parent)
    .map(({ pid }) => pid);
}

function processes(): readonly { readonly pid: number; readonly parent: number }[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => {
    const [pid, parent] = line.trim().split(/\s+/).map(Number);
    return { pid: pid ?? 0, parent: parent ?? 0 };
  });
}

function tryKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
