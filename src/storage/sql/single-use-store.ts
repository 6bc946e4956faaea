import type { SingleUseStore } from '../../protocol/store.ts';
import type { Engine } from '../engine.ts';
import type { SingleUseTable } from '../schema.ts';
import type { Parameters } from '../statement.ts';

/** The store of values that may be used once: the insertion of the tombstone decides. */
export function createSingleUseStore(engine: Engine): SingleUseStore {
  const insert = engine.statement((db, args: Parameters<SingleUseTable>) =>
    db
      .insertInto('single_use')
      .values(args.row(['kind', 'key', 'expires_at']))
      .onConflict((conflict) => conflict.doNothing()),
  );

  return {
    claim: ({ kind, key, expiresAt }) =>
      engine.write({
        steps: [{ run: insert({ kind, key, expires_at: expiresAt }), otherwise: 'replayed' }],
        done: 'claimed',
      }),
  };
}
