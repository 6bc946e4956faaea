import type { Engine } from '../engine.ts';
import type {
  AuthorizationCodesTable,
  GrantsTable,
  RefreshTokensTable,
  SessionClientsTable,
} from '../people-schema.ts';
import type { Parameters } from '../statement.ts';
import { type JoinedAccountRow, joinedAccountColumns } from './account-row.ts';
import type { Keys } from './find-per-tick.ts';

const grantColumns = [
  'id',
  'consent_id',
  'client_id',
  'account_id',
  'session_id',
  'offline',
  'record',
  'created_at',
  'expires_at',
] as const;

/** A grant and its account beside what comes from it, in names that do not meet. */
const joinedColumns = [
  'grants.id as grant_id',
  'grants.consent_id',
  'grants.client_id',
  'grants.account_id',
  'grants.session_id',
  'grants.offline',
  'grants.record as grant_record',
  'grants.created_at as grant_created_at',
  'grants.expires_at as grant_expires_at',
  ...joinedAccountColumns,
] as const;

/** One row of `joinedColumns`. */
export type GrantRow = Pick<GrantsTable, 'consent_id' | 'client_id' | 'session_id' | 'offline'> &
  JoinedAccountRow & {
    readonly grant_id: string;
    readonly grant_record: string;
    readonly grant_created_at: number;
    readonly grant_expires_at: number;
  };

const refreshTokenColumns = [
  'refresh_tokens.hash',
  'refresh_tokens.issued_at',
  'refresh_tokens.expires_at',
  'refresh_tokens.rotated_at',
  'refresh_tokens.answer',
  'refresh_tokens.family',
  'refresh_tokens.generation',
] as const;

const newRefreshTokenColumns = [
  'hash',
  'grant_id',
  'issued_at',
  'expires_at',
  'family',
  'generation',
] as const;

/** A refresh token that takes nobody's place yet, and in whose place there is none. */
export type NewRefreshTokenRow = Pick<RefreshTokensTable, (typeof newRefreshTokenColumns)[number]>;

interface UseOfToken {
  readonly hash: string;
  readonly grant_id: string;
  readonly at: number;
}

/** Compiles every statement of the store of grants. */
export function createGrantStatements(engine: Pick<Engine, 'statement'>) {
  return {
    ...createGrantRowStatements(engine),
    ...createCodeStatements(engine),
    ...createRefreshTokenStatements(engine),
  };
}

/** Every statement of the store of grants. */
export type GrantStatements = ReturnType<typeof createGrantStatements>;

function createGrantRowStatements({ statement }: Pick<Engine, 'statement'>) {
  return {
    byIds: statement((db, args: Parameters<Keys>) =>
      db
        .selectFrom('grants')
        .innerJoin('accounts', 'accounts.id', 'grants.account_id')
        .select(joinedColumns)
        .where(args.in('grants.id', 'keys')),
    ),
    /** Changes nothing where the client takes part already, but locks the row, which goes with the session. */
    takePart: statement((db, args: Parameters<SessionClientsTable>) =>
      db
        .insertInto('session_clients')
        .values(args.row(['session_id', 'client_id', 'created_at']))
        .onConflict((conflict) =>
          conflict
            .columns(['session_id', 'client_id'])
            .doUpdateSet((row) => ({ created_at: row.ref('session_clients.created_at') })),
        ),
    ),
    insert: statement((db, args: Parameters<GrantsTable>) =>
      db.insertInto('grants').values(args.row(grantColumns)),
    ),
    /** Never shortens. */
    keep: statement((db, args: Parameters<Pick<GrantsTable, 'id' | 'expires_at'>>) =>
      db
        .updateTable('grants')
        .set((row) => ({
          expires_at: row
            .case()
            .when('expires_at', '<', args.value('expires_at'))
            .then(args.value('expires_at'))
            .else(row.ref('expires_at'))
            .end(),
        }))
        .where('id', '=', args.value('id')),
    ),
    /** Codes and refresh tokens go by cascade. */
    remove: statement((db, args: Parameters<{ readonly id: string }>) =>
      db.deleteFrom('grants').where('id', '=', args.value('id')),
    ),
  };
}

function createCodeStatements({ statement }: Pick<Engine, 'statement'>) {
  return {
    codes: statement((db, args: Parameters<Keys>) =>
      db
        .selectFrom('authorization_codes')
        .innerJoin('grants', 'grants.id', 'authorization_codes.grant_id')
        .innerJoin('accounts', 'accounts.id', 'grants.account_id')
        .select([
          'authorization_codes.hash',
          'authorization_codes.record',
          'authorization_codes.used_at',
          'authorization_codes.expires_at',
          ...joinedColumns,
        ])
        .where(args.in('authorization_codes.hash', 'keys')),
    ),
    insertCode: statement((db, args: Parameters<AuthorizationCodesTable>) =>
      db
        .insertInto('authorization_codes')
        .values(args.row(['hash', 'grant_id', 'record', 'used_at', 'expires_at'])),
    ),
    redeem: statement((db, args: Parameters<UseOfToken>) =>
      db
        .updateTable('authorization_codes')
        .set({ used_at: args.value('at') })
        .where('hash', '=', args.value('hash'))
        .where('grant_id', '=', args.value('grant_id'))
        .where('used_at', 'is', null),
    ),
  };
}

function createRefreshTokenStatements({ statement }: Pick<Engine, 'statement'>) {
  return {
    refreshTokens: statement((db, args: Parameters<Keys>) =>
      db
        .selectFrom('refresh_tokens')
        .innerJoin('grants', 'grants.id', 'refresh_tokens.grant_id')
        .innerJoin('accounts', 'accounts.id', 'grants.account_id')
        .select([...refreshTokenColumns, ...joinedColumns])
        .where(args.in('refresh_tokens.hash', 'keys')),
    ),
    ofFamily: statement((db, args: Parameters<Pick<RefreshTokensTable, 'grant_id' | 'family'>>) =>
      db
        .selectFrom('refresh_tokens')
        .innerJoin('grants', 'grants.id', 'refresh_tokens.grant_id')
        .innerJoin('accounts', 'accounts.id', 'grants.account_id')
        .select([...refreshTokenColumns, ...joinedColumns])
        .where('refresh_tokens.grant_id', '=', args.value('grant_id'))
        .where('refresh_tokens.family', '=', args.value('family'))
        .limit(1),
    ),
    insertRefreshToken: statement((db, args: Parameters<NewRefreshTokenRow>) =>
      db.insertInto('refresh_tokens').values({ ...args.row([...newRefreshTokenColumns]), answers_given: 0 }),
    ),
    forget: statement(
      (db, args: Parameters<Pick<RefreshTokensTable, 'grant_id' | 'family' | 'generation'>>) =>
        db
          .deleteFrom('refresh_tokens')
          .where('grant_id', '=', args.value('grant_id'))
          .where('family', '=', args.value('family'))
          .where('generation', '<=', args.value('generation')),
    ),
    rotate: statement((db, args: Parameters<UseOfToken & { readonly answer: string }>) =>
      db
        .updateTable('refresh_tokens')
        .set({ rotated_at: args.value('at'), answer: args.value('answer') })
        .where('hash', '=', args.value('hash'))
        .where('grant_id', '=', args.value('grant_id'))
        .where('rotated_at', 'is', null),
    ),
    answerAgain: statement((db, args: Parameters<{ readonly hash: string; readonly most: number }>) =>
      db
        .updateTable('refresh_tokens')
        .set((row) => ({ answers_given: row('answers_given', '+', 1) }))
        .where('hash', '=', args.value('hash'))
        .where('rotated_at', 'is not', null)
        .where('answers_given', '<', args.value('most')),
    ),
  };
}
