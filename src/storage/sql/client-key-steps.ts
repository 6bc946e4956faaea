import { type ClientKey, mostRetiredKeys } from '../../clients/key-pair.ts';
import type { EpochSeconds } from '../../kernel/clock.ts';
import type { Engine, Step } from '../engine.ts';
import type { ClientKeysTable } from '../schema.ts';
import type { Parameters } from '../statement.ts';
import type { Revisions } from './revisions.ts';

const columns = [
  'kid',
  'client_id',
  'state',
  'public_jwk',
  'sealed',
  'remote_id',
  'created_at',
  'retired_at',
] as const;

interface OfClient {
  readonly client_id: string;
}

interface At extends OfClient {
  readonly at: number;
}

interface Limited extends OfClient {
  readonly limit: number;
}

/** The steps over a client's keys that stand in the writes of its record. */
export interface ClientKeySteps {
  /** The key of a new client. `duplicate`: it is stored already. */
  readonly first: (key: ClientKey, at: EpochSeconds) => readonly Step<'duplicate'>[];
  /**
   * The present key retires; `key`, unless null, takes over. `duplicate`: that is stored already. `crowded`: the client would have
   * more than `mostRetiredKeys` retired ones beside it.
   */
  readonly replace: (
    clientId: string,
    key: ClientKey | null,
    at: EpochSeconds,
  ) => readonly Step<'duplicate' | 'crowded'>[];
  /** The client goes, and its keys are published no more. */
  readonly remove: (clientId: string, at: EpochSeconds) => readonly Step<never>[];
}

/** Makes the steps. */
export function createClientKeySteps(
  engine: Pick<Engine, 'statement'>,
  revisions: Pick<Revisions, 'bump'>,
): ClientKeySteps {
  const { insert, retire, guardRetired, withdraw, bumpForKeysOf } = createStatements(engine);
  const bump = revisions.bump('client-keys');
  const put = (key: ClientKey, at: EpochSeconds): Step<'duplicate'> => ({
    run: insert(toRow(key, at)),
    duplicate: 'duplicate',
  });
  /** Only where a key takes over: whoever is at the limit may still take the present one away. */
  const holdLimit = (clientId: string): Step<'crowded'> => ({
    run: guardRetired({ client_id: clientId, limit: mostRetiredKeys }),
    otherwise: 'crowded',
  });

  return {
    first: (key, at) => [put(key, at), bump],
    replace: (clientId, key, at) => [
      { run: retire({ client_id: clientId, at }) },
      ...(key === null ? [] : [put(key, at), holdLimit(clientId)]),
      bump,
    ],
    remove: (clientId, at) => [
      { run: withdraw({ client_id: clientId, at }) },
      { run: bumpForKeysOf({ client_id: clientId }) },
    ],
  };
}

function toRow(key: ClientKey, at: EpochSeconds): ClientKeysTable {
  return {
    kid: key.kid,
    client_id: key.clientId,
    state: 'current',
    public_jwk: JSON.stringify(key.publicJwk),
    sealed: key.sealed,
    remote_id: key.remoteId,
    created_at: at,
    retired_at: null,
  };
}

function createStatements({ statement }: Pick<Engine, 'statement'>) {
  return {
    insert: statement((db, args: Parameters<ClientKeysTable>) =>
      db.insertInto('client_keys').values(args.row(columns)),
    ),
    retire: statement((db, args: Parameters<At>) =>
      db
        .updateTable('client_keys')
        .set({ state: 'retired', retired_at: args.value('at') })
        .where('client_id', '=', args.value('client_id'))
        .where('state', '=', 'current'),
    ),
    /** One row while at most `limit` keys are retired, none otherwise. The row of the client is locked, so nobody counts beside. */
    guardRetired: statement((db, args: Parameters<Limited>) =>
      db
        .selectFrom('client_keys')
        .select((row) => row.fn.countAll().as('retired'))
        .where('client_id', '=', args.value('client_id'))
        .where('state', '=', 'retired')
        .having((row) => row.fn.countAll(), '<=', args.value('limit')),
    ),
    withdraw: statement((db, args: Parameters<At>) =>
      db
        .updateTable('client_keys')
        .set({ state: 'removed', retired_at: args.value('at') })
        .where('client_id', '=', args.value('client_id')),
    ),
    /** Only where the client had a key: deletions of others neither wait for one another nor make anyone load the keys again. */
    bumpForKeysOf: statement((db, args: Parameters<OfClient>) =>
      db
        .updateTable('revisions')
        .set((row) => ({ revision: row('revision', '+', 1) }))
        .where('name', '=', 'client-keys')
        .where((row) =>
          row.exists(
            row.selectFrom('client_keys').select('kid').where('client_id', '=', args.value('client_id')),
          ),
        ),
    ),
  };
}
