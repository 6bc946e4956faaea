import { Pool, type PoolClient, type QueryResult } from 'pg';
import type { Query } from '../statement.ts';
import type { createPreparation } from './prepared.ts';
import { connectionConfig, prepareSession, type SessionLimits } from './settings.ts';

/** What connections are for. */
export interface ConnectionUse extends SessionLimits {
  /** The most at once; whoever comes later waits in turn. */
  readonly most: number;
}

/** A connection, while somebody has it. What is asked of it is sent at once, and answered in that order. */
export interface Session {
  readonly run: (query: Query<unknown>) => Promise<QueryResult>;
  readonly command: (text: 'begin' | 'commit' | 'rollback') => Promise<QueryResult>;
}

/** Connections that are opened when they are needed, and kept for a while. */
export interface Connections {
  /** Runs `work` on a connection that nobody else has meanwhile. */
  readonly use: <Result>(work: (session: Session) => Promise<Result>) => Promise<Result>;
  /** To be called when nobody has a connection. */
  readonly end: () => Promise<void>;
}

const idleTimeoutMs = 60_000;

/** Makes connections to the database of `url`. */
export function createConnections(
  url: string,
  use: ConnectionUse,
  prepare: ReturnType<typeof createPreparation>,
): Connections {
  const pool = new Pool({
    ...connectionConfig(url),
    pipeline: true,
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
          run: (query) => client.query(prepare(query)),
          command: (text) => client.query(text),
        }),
      );
    },
    end: () => pool.end(),
  };
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
  } finally {
    client.off('error', noteLoss);
    client.release(lost ?? client.getTransactionStatus() !== 'I');
  }
}
