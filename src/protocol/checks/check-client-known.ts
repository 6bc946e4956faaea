import type { StoredClient } from '../../clients/store.ts';
import { UnprovenRequestError } from '../authorization/unproven-request.ts';

/**
 * Who sends a browser here is a client that is registered and enabled.
 * @throws UnprovenRequestError `Invalid client_id`
 */
export function checkClientKnown(stored: StoredClient | undefined): asserts stored is StoredClient {
  const title = 'Invalid client_id';
  if (stored === undefined) {
    throw new UnprovenRequestError(title, 'The parameter client_id names no client of this server.');
  }
  if (!stored.client.enabled) throw new UnprovenRequestError(title, 'The client is disabled.');
}
