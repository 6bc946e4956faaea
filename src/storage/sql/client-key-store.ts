import type { JsonObject } from '../../kernel/encoding.ts';
import type { ClientKeyStore, StoredClientKey } from '../../keys/client-key-store.ts';
import type { Engine } from '../engine.ts';
import type { ClientKeysTable } from '../schema.ts';
import type { Parameters } from '../statement.ts';
import { findPerTick, type Keys } from './find-per-tick.ts';
import { createPastKeySteps } from './past-key-store.ts';
import type { Revisions } from './revisions.ts';

const read = ['kid', 'client_id', 'public_jwk', 'sealed', 'remote_id'] as const;

interface Kids {
  readonly kids: readonly string[];
}

/** The store of the keys of clients, for whoever signs with them and publishes them. */
export function createClientKeyStore(engine: Engine, revisions: Revisions): ClientKeyStore {
  const { current, published, has } = createReadStatements(engine);
  const { expired, withdraw, deleteLocal, removedRemote, remove } = createRemovalStatements(engine);
  const pastKeys = createPastKeySteps(engine);
  const bump = revisions.bump('client-keys');

  return {
    current: findPerTick(engine, current, (row) => [row.client_id, toKey(row)]),
    published: async () =>
      (await engine.scan(published({}))).map((row) => JSON.parse(row.public_jwk) as JsonObject),
    revision: () => revisions.of('client-keys'),
    has: async (kid) => (await engine.read(has({ kid }))).length > 0,
    withdraw: async (before, limit, hintsUntil) => {
      const kids = (await engine.read(expired({ before, limit }))).map(({ kid }) => kid);
      if (kids.length > 0)
        await engine.write({
          steps: [pastKeys.ofClientKeys(kids, hintsUntil), { run: withdraw({ kids }) }, bump],
          done: 'withdrawn',
        });
      return kids.length;
    },
    deleteLocal: (limit) =>
      engine.write({ steps: [{ run: deleteLocal({ limit }) }], done: ([count = 0]) => count }),
    removedRemote: async (after, limit) => (await engine.read(removedRemote({ after, limit }))).map(toKey),
    delete: async (kids) => {
      await engine.write({ steps: [{ run: remove({ kids }) }], done: 'deleted' });
    },
  };
}

function createReadStatements({ statement }: Pick<Engine, 'statement'>) {
  return {
    current: statement((db, args: Parameters<Keys>) =>
      db
        .selectFrom('client_keys')
        .select(read)
        .where(args.in('client_keys.client_id', 'keys'))
        .where('state', '=', 'current'),
    ),
    published: statement((db) =>
      db
        .selectFrom('client_keys')
        .select('public_jwk')
        .where('state', '<>', 'removed')
        .orderBy('created_at')
        .orderBy('kid'),
    ),
    has: statement((db, args: Parameters<{ readonly kid: string }>) =>
      db.selectFrom('client_keys').select('kid').where('kid', '=', args.value('kid')),
    ),
  };
}

/** Compiles the statements over keys whose time is over. */
function createRemovalStatements({ statement }: Pick<Engine, 'statement'>) {
  return {
    expired: statement((db, args: Parameters<{ readonly before: number; readonly limit: number }>) =>
      db
        .selectFrom('client_keys')
        .select('kid')
        .where('state', '=', 'retired')
        .where('retired_at', '<', args.value('before'))
        .limit(args.value('limit')),
    ),
    /** Retired once is retired for ever, so what `expired` found still is, unless its client went. */
    withdraw: statement((db, args: Parameters<Kids>) =>
      db
        .updateTable('client_keys')
        .set({ state: 'removed' })
        .where(args.in('client_keys.kid', 'kids'))
        .where('state', '=', 'retired'),
    ),
    deleteLocal: statement((db, args: Parameters<{ readonly limit: number }>) =>
      db
        .deleteFrom('client_keys')
        .where('kid', 'in', (row) =>
          row
            .selectFrom('client_keys')
            .select('kid')
            .where('state', '=', 'removed')
            .where('remote_id', 'is', null)
            .limit(args.value('limit')),
        ),
    ),
    removedRemote: statement((db, args: Parameters<{ readonly after: string; readonly limit: number }>) =>
      db
        .selectFrom('client_keys')
        .select(read)
        .where('state', '=', 'removed')
        .where('remote_id', 'is not', null)
        .where('kid', '>', args.value('after'))
        .orderBy('kid')
        .limit(args.value('limit')),
    ),
    remove: statement((db, args: Parameters<Kids>) =>
      db.deleteFrom('client_keys').where(args.in('client_keys.kid', 'kids')).where('state', '=', 'removed'),
    ),
  };
}

function toKey(row: Pick<ClientKeysTable, (typeof read)[number]>): StoredClientKey {
  return {
    kid: row.kid,
    clientId: row.client_id,
    publicJwk: JSON.parse(row.public_jwk) as JsonObject,
    sealed: row.sealed,
    remoteId: row.remote_id,
  };
}
