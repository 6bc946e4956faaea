import { DatabaseError, Pool, type PoolClient, type QueryResult } from 'pg';
import type { ConnectionCounts } from '../engine.ts';
import type { Query } from '../statement.ts';
import type { createPreparation, PreparedQuery } from './prepared.ts';
import { connectionConfig, prepareSession, type SessionLimits } from './settings.ts';

/** What connections are for. */
export interface ConnectionUse extends SessionLimits {
  /** The most at once; whoever comes later waits in turn. */
  readonly most: number;
}

/** A connection, while somebody has it. What is asked of it is sent at once, and answered in that order. */
export interface Session {
  /** @param limitMs how long the answer may take before the connection is given up. Default: as long as the server lets it */
  readonly run: (query: Query<unknown>, limitMs?: number) => Promise<QueryResult>;
  readonly command: (text: 'begin' | 'commit' | 'rollback') => Promise<QueryResult>;
}

/** Connections that are opened when they are needed, and kept for a while. */
export interface Connections {
  /** Runs `work` on a connection that nobody else has meanwhile. */
  readonly use: <Result>(work: (session: Session) => Promise<Result>) => Promise<Result>;
  readonly counts: () => ConnectionCounts;
  /** To be called when nobody has a connection. */
  readonly end: () => Promise<void>;
}

const idleTimeoutMs = 60_000;

/** What a server that lives needs to tell that a statement has taken too long. */
const graceMs = 2_000;

/**
 * Makes connections to the database of `url`. One whose answer is overdue is given up: a server that hangs, or a network that swallows
 * everything, ends no statement by itself, and nobody else would hear of it for hours.
 */
export function createConnections(
  url: string,
  use: ConnectionUse,
  prepare: ReturnType<typeof createPreparation>,
): Connections {
  const pool = new Pool({
    ...connectionConfig(url),
    pipeline: true,
    query_timeout: use.statementTimeoutMs + graceMs,
    max: use.most,
    idleTimeoutMillis: idleTimeoutMs,
    onConnect: async (client) => {
      await client.query(prepareSession(use));
    },
  });
  // One that is lost while nobody has it is dropped, and the next use opens another: nobody has to hear of it.
  pool.on('error', () => {});

  return {
    use: async (work) => {
      const client = await pool.connect();
      return whileTaken(client, () =>
        work({
          run: (query, limitMs) => client.query(limited(prepare(query), limitMs)),
          command: (text) => client.query(text),
        }),
      );
    },
    counts: () => ({
      inUse: pool.totalCount - pool.idleCount,
      idle: pool.idleCount,
      waiting: pool.waitingCount,
    }),
    end: () => pool.end(),
  };
}

/** `pg` has a limit for each query, which its types do not know. */
function limited(query: PreparedQuery, limitMs: number | undefined): PreparedQuery {
  return limitMs === undefined ? query : Object.assign(query, { query_timeout: limitMs });
}

/** A connection goes back unless it was lost, or is left within a transaction. */
async function whileTaken<Result>(client: PoolClient, work: () => Promise<Result>): Promise<Result> {
  let lost: Error | undefined;
  const noteLoss = (error: Error): void => {
    lost = error;
  };
  // An error that nobody listens for would end the process.
  client.on('error', noteLoss);
  try {
    return await work();
  } catch (error) {
    // What is not an answer of the server tells that there will be none, before the connection itself does.
    if (!(error instanceof DatabaseError) && error instanceof Error) lost ??= error;
    throw error;
  } finally {
    client.off('error', noteLoss);
    client.release(lost ?? client.getTransactionStatus() !== 'I');
  }
}
