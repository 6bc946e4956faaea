import type { EpochSeconds } from '../../kernel/clock.ts';
import { asEpochSeconds } from '../../kernel/clock.ts';
import type { JsonObject } from '../../kernel/encoding.ts';
import { batchPerTick } from '../../kernel/tick-batch.ts';
import type { AccessTokenStore, OpaqueAccessToken } from '../../protocol/store.ts';
import type { Engine } from '../engine.ts';
import type { DeniedTokensTable, OpaqueAccessTokensTable } from '../schema.ts';
import type { Parameters, Query } from '../statement.ts';
import { findPerTick, type Keys } from './find-per-tick.ts';

const columns = ['hash', 'client_id', 'claims', 'expires_at'] as const;

/** The statement that stores an opaque access token. */
export type InsertAccessToken = (token: OpaqueAccessToken) => Query<unknown>;

/** Makes the statement that stands in every write that gives an opaque access token. */
export function createAccessTokenInsert({ statement }: Pick<Engine, 'statement'>): InsertAccessToken {
  const insert = statement((db, args: Parameters<OpaqueAccessTokensTable>) =>
    db.insertInto('opaque_access_tokens').values(args.row(columns)),
  );
  return (token) => insert(toRow(token));
}

/** The store of opaque access tokens and of the denylist. */
export function createAccessTokenStore(engine: Engine, insert: InsertAccessToken): AccessTokenStore {
  const { find, revoke, deny, denied } = createStatements(engine);

  return {
    insert: (token) =>
      engine.write({ steps: [{ run: insert(token), orphan: 'client-gone' }], done: 'inserted' }),

    find: findPerTick(engine, find, (row) => [row.hash, toToken(row)]),

    revoke: async (hash) => {
      await engine.write({ steps: [{ run: revoke({ hash }) }], done: 'revoked' });
    },

    deny: async (jti: string, expiresAt: EpochSeconds) => {
      await engine.write({ steps: [{ run: deny({ jti, expires_at: expiresAt }) }], done: 'denied' });
    },

    isDenied: batchPerTick(async (jtis: readonly string[]) => {
      const rows = await engine.read(denied({ jtis }));
      const found = new Set(rows.map((row) => row.jti));
      return jtis.map((jti) => found.has(jti));
    }, engine.noteReads),
  };
}

function createStatements({ statement }: Pick<Engine, 'statement'>) {
  return {
    find: statement((db, args: Parameters<Keys>) =>
      db
        .selectFrom('opaque_access_tokens')
        .select(columns)
        .where(args.in('opaque_access_tokens.hash', 'keys')),
    ),
    revoke: statement((db, args: Parameters<{ readonly hash: string }>) =>
      db.deleteFrom('opaque_access_tokens').where('hash', '=', args.value('hash')),
    ),
    deny: statement((db, args: Parameters<DeniedTokensTable>) =>
      db
        .insertInto('denied_tokens')
        .values(args.row(['jti', 'expires_at']))
        .onConflict((conflict) => conflict.doNothing()),
    ),
    denied: statement((db, args: Parameters<{ readonly jtis: readonly string[] }>) =>
      db.selectFrom('denied_tokens').select('jti').where(args.in('denied_tokens.jti', 'jtis')),
    ),
  };
}

function toRow(token: OpaqueAccessToken): OpaqueAccessTokensTable {
  return {
    hash: token.hash,
    client_id: token.clientId,
    claims: JSON.stringify(token.claims),
    expires_at: token.expiresAt,
  };
}

function toToken(row: OpaqueAccessTokensTable): OpaqueAccessToken {
  return {
    hash: row.hash,
    clientId: row.client_id,
    claims: JSON.parse(row.claims) as JsonObject,
    expiresAt: asEpochSeconds(row.expires_at),
  };
}
