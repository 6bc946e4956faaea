import type { Client } from 'pg';
import { StartError } from '../../kernel/start-error.ts';
import { prepareSession } from './settings.ts';
import { asStartFault, connect } from './start-faults.ts';

/** "clientel" in ASCII; a key of the whole database. */
const lockKey = String(0x636c69656e74656cn);
/** Far above what a start takes; the nodes of a large installation start one after the other. */
const lockTimeout = '120s';

/**
 * Runs `work` while no other node of the database runs any, on a connection that holds the lock; the server frees it however
 * this process ends.
 * @throws StartError when the server cannot be used, another node holds the lock for too long, or it was lost meanwhile
 */
export async function withStartLock<Result>(
  url: string,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = await connect(url);
  const loss = Promise.withResolvers<never>();
  client.on('error', (cause) => {
    const message = 'The connection to PostgreSQL was lost while the server started.';
    loss.reject(new StartError(message, { cause }));
  });
  const run = async (): Promise<Result> => {
    await acquire(client);
    return work(client);
  };
  try {
    // Without the lock another node may begin; starting again does what is still to be done.
    return await Promise.race([loss.promise, run()]);
  } finally {
    await client.end();
  }
}

async function acquire(client: Client): Promise<void> {
  try {
    await client.query(prepareSession({ statementTimeoutMs: 0 }));
    await client.query(`select set_config('lock_timeout', '${lockTimeout}', false)`);
    await client.query('select pg_advisory_lock($1)', [lockKey]);
    await client.query("select set_config('lock_timeout', '0', false)");
  } catch (error) {
    throw asStartFault(error, client);
  }
}
