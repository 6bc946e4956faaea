import type { AliasedExpression, Kysely } from 'kysely';
import type { Engine } from '../engine.ts';
import type { Schema } from '../schema.ts';
import type { Parameters } from '../statement.ts';

interface Times {
  readonly at: number;
  readonly expires: number;
}

interface OfSession extends Times {
  readonly session_id: string;
}

interface OfOthers extends OfAccount {
  /** Of a session. */
  readonly except: string;
}

interface OfAccount extends Times {
  readonly account_id: string;
}

interface OfClient extends Times {
  readonly client_id: string;
}

interface OfConsent extends Times {
  readonly consent_id: string;
}

/** Who is to be told of what. */
type Ended = AliasedExpression<
  { readonly session_id: string; readonly client_id: string; readonly account_id: string },
  'ended'
>;

const columns = [
  'session_id',
  'client_id',
  'account_id',
  'record',
  'created_at',
  'due_at',
  'expires_at',
  'attempts',
  'state',
] as const;

/** Inserts notices for `ended`, of which no two are equal. @param record `kept`: the client goes */
function insertNotices<Args extends Times>(
  db: Kysely<Schema>,
  args: Parameters<Args>,
  ended: Ended,
  record: 'kept' | 'unneeded' = 'unneeded',
) {
  const { sql, value } = args;
  // PostgreSQL takes a bare parameter in the list of a `select` for text.
  const at = sql<number>`cast(${value('at')} as bigint)`;
  const expires = sql<number>`cast(${value('expires')} as bigint)`;
  const noRecord = sql<string | null>`cast(null as text)`;
  return db
    .insertInto('logout_notices')
    .columns(columns)
    .expression(
      db
        .selectFrom(ended)
        .innerJoin('clients', 'clients.id', 'ended.client_id')
        .where('clients.backchannel_logout_uri', 'is not', null)
        .select((row) => [
          'ended.session_id',
          'ended.client_id',
          'ended.account_id',
          record === 'kept' ? row.ref('clients.record').as('record') : noRecord.as('record'),
          at.as('created_at'),
          at.as('due_at'),
          expires.as('expires_at'),
          sql<number>`0`.as('attempts'),
          sql<'pending'>`'pending'`.as('state'),
        ]),
    )
    .onConflict((conflict) =>
      conflict.columns(['session_id', 'client_id']).doUpdateSet((row) => ({
        record: row.ref('excluded.record'),
        created_at: row.ref('excluded.created_at'),
        due_at: row.ref('excluded.due_at'),
        expires_at: row.ref('excluded.expires_at'),
        attempts: 0,
        state: 'pending',
        fault: null,
        settled_at: null,
      })),
    );
}

/** Sign-ins at clients during sessions that live. */
function signInsIn(db: Kysely<Schema>) {
  return db
    .selectFrom('session_clients')
    .innerJoin('sessions', 'sessions.id', 'session_clients.session_id')
    .select(['session_clients.session_id', 'session_clients.client_id', 'sessions.account_id']);
}

function createSignInStatements({ statement }: Pick<Engine, 'statement'>) {
  return {
    ofSession: statement((db, args: Parameters<OfSession>) =>
      insertNotices(db, args, signInsIn(db).where('sessions.id', '=', args.value('session_id')).as('ended')),
    ),
    ofOthers: statement((db, args: Parameters<OfOthers>) =>
      insertNotices(
        db,
        args,
        signInsIn(db)
          .where('sessions.account_id', '=', args.value('account_id'))
          .where('sessions.id', '<>', args.value('except'))
          .as('ended'),
      ),
    ),
    ofAccountAtClient: statement((db, args: Parameters<OfAccount & OfClient>) =>
      insertNotices(
        db,
        args,
        signInsIn(db)
          .where('sessions.account_id', '=', args.value('account_id'))
          .where('session_clients.client_id', '=', args.value('client_id'))
          .as('ended'),
      ),
    ),
    ofClient: statement((db, args: Parameters<OfClient>) =>
      insertNotices(
        db,
        args,
        signInsIn(db).where('session_clients.client_id', '=', args.value('client_id')).as('ended'),
        'kept',
      ),
    ),
  };
}

function grantsIn(db: Kysely<Schema>) {
  return db.selectFrom('grants').distinct().select(['session_id', 'client_id', 'account_id']);
}

function createGrantStatements({ statement }: Pick<Engine, 'statement'>) {
  return {
    ofSession: statement((db, args: Parameters<OfSession>) =>
      insertNotices(db, args, grantsIn(db).where('session_id', '=', args.value('session_id')).as('ended')),
    ),
    ofOthers: statement((db, args: Parameters<OfOthers>) =>
      insertNotices(
        db,
        args,
        grantsIn(db)
          .where('account_id', '=', args.value('account_id'))
          .where('session_id', '<>', args.value('except'))
          .where('offline', '=', 0)
          .as('ended'),
      ),
    ),
    ofElsewhere: statement((db, args: Parameters<OfOthers>) =>
      insertNotices(
        db,
        args,
        grantsIn(db)
          .where('account_id', '=', args.value('account_id'))
          .where('session_id', '<>', args.value('except'))
          .as('ended'),
      ),
    ),
    ofConsent: statement((db, args: Parameters<OfConsent>) =>
      insertNotices(db, args, grantsIn(db).where('consent_id', '=', args.value('consent_id')).as('ended')),
    ),
    ofClient: statement((db, args: Parameters<OfClient>) =>
      insertNotices(
        db,
        args,
        grantsIn(db).where('client_id', '=', args.value('client_id')).as('ended'),
        'kept',
      ),
    ),
  };
}

/** Consents whose client nothing else leads to: the account stands for its sessions, of which none is known any more. */
function idleConsentsIn(db: Kysely<Schema>) {
  return db
    .selectFrom('consents')
    .select(['account_id as session_id', 'client_id', 'account_id'])
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('session_clients')
            .innerJoin('sessions', 'sessions.id', 'session_clients.session_id')
            .whereRef('session_clients.client_id', '=', 'consents.client_id')
            .whereRef('sessions.account_id', '=', 'consents.account_id')
            .select('sessions.id'),
        ),
      ),
    )
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('grants').whereRef('grants.consent_id', '=', 'consents.id').select('grants.id'))),
    );
}

function createConsentStatements({ statement }: Pick<Engine, 'statement'>) {
  return {
    ofAccount: statement((db, args: Parameters<OfAccount>) =>
      insertNotices(
        db,
        args,
        idleConsentsIn(db).where('account_id', '=', args.value('account_id')).as('ended'),
      ),
    ),
    ofOne: statement((db, args: Parameters<OfAccount & OfConsent>) =>
      insertNotices(
        db,
        args,
        idleConsentsIn(db)
          .where('account_id', '=', args.value('account_id'))
          .where('id', '=', args.value('consent_id'))
          .as('ended'),
      ),
    ),
  };
}

/** Compiles the statements that put notices in the outbox. */
export function createLogoutNoticeStatements(engine: Pick<Engine, 'statement'>) {
  return {
    signIns: createSignInStatements(engine),
    grants: createGrantStatements(engine),
    consents: createConsentStatements(engine),
    keepRecord: engine.statement((db, args: Parameters<Pick<OfClient, 'client_id'>>) =>
      db
        .updateTable('logout_notices')
        .set(({ selectFrom }) => ({
          record: selectFrom('clients').select('record').where('id', '=', args.value('client_id')),
        }))
        .where('client_id', '=', args.value('client_id'))
        .where('state', '=', 'pending'),
    ),
  };
}
