import { asEpochSeconds } from '../../kernel/clock.ts';
import type { JsonObject } from '../../kernel/encoding.ts';
import type { PastKey, PastKeyStore } from '../../keys/past-key.ts';
import type { Engine, Step } from '../engine.ts';
import type { PastKeysTable } from '../schema.ts';
import type { Parameters } from '../statement.ts';

const columns = ['kid', 'public_jwk', 'expires_at'] as const;

/** The store of past keys. */
export function createPastKeyStore(engine: Engine): PastKeyStore {
  const load = engine.statement((db, args: Parameters<{ readonly kid: string }>) =>
    db.selectFrom('past_keys').select(columns).where('kid', '=', args.value('kid')),
  );
  return {
    load: async (kid) => {
      const [row] = await engine.read(load({ kid }));
      return row && toPastKey(row);
    },
  };
}

/** The steps that put keys there, in the writes that remove them. */
export interface PastKeySteps {
  readonly ofKey: (key: PastKey) => Step<never>;
  /** Retired keys of clients. */
  readonly ofClientKeys: (kids: readonly string[], expiresAt: number) => Step<never>;
}

/** Makes the steps. A key that is there stays as it is. */
export function createPastKeySteps({ statement }: Pick<Engine, 'statement'>): PastKeySteps {
  const insert = statement((db, args: Parameters<PastKeysTable>) =>
    db
      .insertInto('past_keys')
      .values(args.row(columns))
      .onConflict((conflict) => conflict.doNothing()),
  );
  const insertOfClients = statement(
    (db, args: Parameters<{ readonly kids: readonly string[]; readonly expires: number }>) =>
      db
        .insertInto('past_keys')
        .columns(columns)
        .expression(
          db
            .selectFrom('client_keys')
            // PostgreSQL takes a bare parameter in the list of a `select` for text.
            .select([
              'kid',
              'public_jwk',
              args.sql<number>`cast(${args.value('expires')} as bigint)`.as('expires_at'),
            ])
            .where(args.in('client_keys.kid', 'kids'))
            .where('state', '=', 'retired'),
        )
        .onConflict((conflict) => conflict.doNothing()),
  );
  return {
    ofKey: (key) => ({ run: insert(toRow(key)) }),
    ofClientKeys: (kids, expires) => ({ run: insertOfClients({ kids, expires }) }),
  };
}

function toRow({ kid, publicJwk, expiresAt }: PastKey): PastKeysTable {
  return { kid, public_jwk: JSON.stringify(publicJwk), expires_at: expiresAt };
}

function toPastKey(row: PastKeysTable): PastKey {
  return {
    kid: row.kid,
    publicJwk: JSON.parse(row.public_jwk) as JsonObject,
    expiresAt: asEpochSeconds(row.expires_at),
  };
}
