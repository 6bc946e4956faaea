import type { RawBuilder, UpdateObject } from 'kysely';
import { asEpochSeconds, type EpochSeconds } from '../../kernel/clock.ts';
import type { JsonObject } from '../../kernel/encoding.ts';
import type { KeyStore, KeyTransition, StoredKey } from '../../keys/store.ts';
import type { Engine } from '../engine.ts';
import type { KeysTable, Schema } from '../schema.ts';
import type { Parameters, Statement } from '../statement.ts';
import { createPastKeySteps } from './past-key-store.ts';

const columns = [
  'id',
  'purpose',
  'algorithm',
  'state',
  'sealed',
  'public_jwk',
  'created_at',
  'activated_at',
  'retired_at',
] as const;

/** Keys that leave a state go before those that enter it, since only one may be there. */
const order: Readonly<Record<KeyTransition['to'], number>> = { removed: 0, retired: 1, current: 2, next: 3 };

function inOrder(transitions: readonly KeyTransition[]): readonly KeyTransition[] {
  return transitions.toSorted((a, b) => order[a.to] - order[b.to]);
}

/** The store of signing keys and peppers. */
export function createKeyStore(engine: Engine): KeyStore {
  const { loadAll, insert, apply } = createStatements(engine);
  const pastKeys = createPastKeySteps(engine);

  return {
    loadAll: async () => (await engine.read(loadAll({}))).map(toKey),

    change: ({ transitions, keys, past = [] }) =>
      engine.write({
        steps: [
          ...inOrder(transitions).map((transition) => ({
            run: apply[transition.to](transition),
            otherwise: 'conflict' as const,
            duplicate: 'conflict' as const,
          })),
          ...keys.map((key) => ({ run: insert(toRow(key)), otherwise: 'conflict' as const })),
          ...past.map(pastKeys.ofKey),
        ],
        done: 'changed',
      }),
  };
}

function createStatements({ statement }: Pick<Engine, 'statement'>) {
  const move = (changes: (at: RawBuilder<EpochSeconds>) => UpdateObject<Schema, 'keys'>) =>
    statement((db, args: Parameters<KeyTransition>) =>
      db
        .updateTable('keys')
        .set(changes(args.value('at')))
        .where('id', '=', args.value('id'))
        .where('state', '=', args.value('from')),
    );

  const apply: Readonly<Record<KeyTransition['to'], Statement<KeyTransition, unknown>>> = {
    next: move(() => ({ state: 'next' })),
    current: move((at) => ({ state: 'current', activated_at: at })),
    retired: move((at) => ({ state: 'retired', retired_at: at })),
    removed: statement((db, args: Parameters<KeyTransition>) =>
      db.deleteFrom('keys').where('id', '=', args.value('id')).where('state', '=', args.value('from')),
    ),
  };

  return {
    loadAll: statement((db) => db.selectFrom('keys').select(columns).orderBy('created_at').orderBy('id')),
    insert: statement((db, args: Parameters<KeysTable>) =>
      db
        .insertInto('keys')
        .values(args.row(columns))
        .onConflict((conflict) => conflict.doNothing()),
    ),
    apply,
  };
}

function toRow(key: StoredKey): KeysTable {
  return {
    id: key.id,
    purpose: key.purpose,
    algorithm: key.algorithm,
    state: key.state,
    sealed: key.sealed,
    public_jwk: key.publicJwk === null ? null : JSON.stringify(key.publicJwk),
    created_at: key.createdAt,
    activated_at: key.activatedAt,
    retired_at: key.retiredAt,
  };
}

function toKey(row: KeysTable): StoredKey {
  return {
    id: row.id,
    purpose: row.purpose,
    algorithm: row.algorithm,
    state: row.state,
    sealed: row.sealed,
    publicJwk: row.public_jwk === null ? null : (JSON.parse(row.public_jwk) as JsonObject),
    createdAt: asEpochSeconds(row.created_at),
    activatedAt: row.activated_at === null ? null : asEpochSeconds(row.activated_at),
    retiredAt: row.retired_at === null ? null : asEpochSeconds(row.retired_at),
  };
}
