import type { Query } from '../statement.ts';
import type { Connections } from './connections.ts';

const limitMs = 1_500;

/** Answers of the schema as well, since a database that was restored badly has none. */
const writable: Query<unknown> = {
  text: `select exists (select from revisions) and not pg_is_in_recovery()
    and current_setting('transaction_read_only') = 'off' as writable`,
  parameters: [],
};

/**
 * Asks the server whether it takes writes: a standby does not, nor does one that was made read-only because its disk is full.
 * A server that accepts the question and never answers it loses the connection.
 *
 * @throws Error when it does not, cannot be reached, or says nothing for 1.5 seconds
 */
export async function checkServes(connections: Connections): Promise<void> {
  const { rows } = await connections.use((session) => session.run(writable, limitMs));
  if (rows[0]?.writable !== true) throw new Error('the server takes no writes');
}
