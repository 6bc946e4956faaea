import { createKeyedQueue } from '../kernel/keyed-queue.ts';
import { untilSettled } from '../kernel/until-settled.ts';
import { RegistryError } from './errors.ts';
import { maySee } from './policy.ts';
import type { ClientRequest } from './request.ts';
import type { ClientStore, StoredClient } from './store.ts';

/** How the registry comes to a client: as the caller may see it, as it is now, and so that nobody's write is lost. */
export interface ClientAccess {
  /** @throws RegistryError `not_found`, or `conflict` when the caller has seen another revision */
  readonly load: (request: ClientRequest) => Promise<StoredClient>;
  /**
   * Runs load → `attempt` until no write of another node came between the two.
   * @throws RegistryError what `load` throws, or `contended`
   */
  readonly settle: <Result>(
    request: ClientRequest,
    attempt: (stored: StoredClient) => Promise<Result | 'conflict'>,
  ) => Promise<Result>;
}

/** Makes the access to the clients of `store`. Only writes of other nodes are raced: this node's writes to one client queue. */
export function createClientAccess(store: Pick<ClientStore, 'load'>): ClientAccess {
  const inTurn = createKeyedQueue();

  const load = async ({ id, actor, ifRevision }: ClientRequest): Promise<StoredClient> => {
    const stored = await store.load(id);
    if (!stored || !maySee(actor, stored.client)) throw new RegistryError('not_found');
    const isAsSeen = ifRevision === undefined || ifRevision === stored.client.revision;
    if (!isAsSeen) throw new RegistryError('conflict');
    return stored;
  };

  return {
    load,
    settle: (request, attempt) =>
      inTurn(request.id, async () => {
        const result = await untilSettled(async () => attempt(await load(request)));
        if (result === 'conflict') throw new RegistryError('contended');
        return result;
      }),
  };
}
