import { asEpochSeconds } from '../../kernel/clock.ts';
import type { Session } from '../../sessions/session.ts';
import type { SessionStore, StoredSession } from '../../sessions/session-store.ts';
import type { Engine, Step } from '../engine.ts';
import type { SessionsTable } from '../people-schema.ts';
import type { Parameters } from '../statement.ts';
import { findPerTick, type Keys } from './find-per-tick.ts';

/** What a sign-in sets anew. */
const renewed = [
  'secret_hash',
  'auth_time',
  'acr',
  'amr',
  'last_seen_at',
  'expires_at',
  'user_agent',
] as const;
const columns = [
  'id',
  'account_id',
  'identity_provider_id',
  'provider_issuer',
  'created_at',
  ...renewed,
] as const;
const joinedColumns = columns.map((column) => `sessions.${column}` as const);

/** More than one sign-in adds, so that the others get fewer. */
const surplusAtOnce = 10;

/** The store of browser sessions. */
export function createSessionStore(engine: Engine): SessionStore {
  const { byIds, ofAccount, surplus, holdAccount, insert, renew, noteSeen } = createStatements(engine);
  /** First: it keeps whoever changes the account waiting until the session is there, to be ended with the others. */
  const whileProven = ({ session }: StoredSession, revision: number): Step<'account-gone'> => ({
    run: holdAccount({ id: session.accountId, revision }),
    otherwise: 'account-gone',
  });

  return {
    load: findPerTick(engine, byIds, (row) => [row.id, toStored(row)]),
    insert: (stored, accountRevision) =>
      engine.write({
        steps: [whileProven(stored, accountRevision), { run: insert(toRow(stored)) }],
        done: 'inserted',
      }),
    renew: (stored, { secretHash, accountRevision }) =>
      engine.write<'renewed' | 'conflict' | 'account-gone'>({
        steps: [
          whileProven(stored, accountRevision),
          { run: renew({ ...toRow(stored), seen: secretHash }), otherwise: 'conflict' },
        ],
        done: 'renewed',
      }),
    recordSeen: async (seen) => {
      // In one order on every node, so that two that note the same sessions do not wait for each other in a circle.
      const inOrder = seen.toSorted((a, b) => (a.id < b.id ? -1 : 1));
      await engine.write({
        steps: inOrder.map(({ id, at }) => ({ run: noteSeen({ id, at }) })),
        done: 'noted',
      });
    },
    beyond: async (accountId, kept) =>
      (await engine.read(surplus({ account_id: accountId, kept }))).map(({ id }) => id),
    listOfAccount: async (accountId) =>
      (await engine.read(ofAccount({ account_id: accountId }))).map((row) => toStored(row).session),
  };
}

function createStatements(engine: Pick<Engine, 'statement'>) {
  return { ...createReads(engine), ...createChanges(engine) };
}

function createReads({ statement }: Pick<Engine, 'statement'>) {
  return {
    byIds: statement((db, args: Parameters<Keys>) =>
      db
        .selectFrom('sessions')
        .innerJoin('accounts', 'accounts.id', 'sessions.account_id')
        .select(joinedColumns)
        .where('accounts.disabled', '=', 0)
        .where(args.in('sessions.id', 'keys')),
    ),
    ofAccount: statement((db, args: Parameters<{ readonly account_id: string }>) =>
      db
        .selectFrom('sessions')
        .innerJoin('accounts', 'accounts.id', 'sessions.account_id')
        .select(joinedColumns)
        .where('accounts.disabled', '=', 0)
        .where('sessions.account_id', '=', args.value('account_id'))
        .orderBy('sessions.last_seen_at', 'desc')
        .orderBy('sessions.id', 'desc'),
    ),
    surplus: statement((db, args: Parameters<{ readonly account_id: string; readonly kept: number }>) =>
      db
        .selectFrom('sessions')
        .select('id')
        .where('account_id', '=', args.value('account_id'))
        .orderBy('last_seen_at', 'desc')
        .orderBy('id', 'desc')
        .limit(surplusAtOnce)
        .offset(args.value('kept')),
    ),
  };
}

function createChanges({ statement }: Pick<Engine, 'statement'>) {
  return {
    /** Changes nothing; locks the row where writes run side by side. */
    holdAccount: statement((db, args: Parameters<{ readonly id: string; readonly revision: number }>) =>
      db
        .updateTable('accounts')
        .set((row) => ({ disabled: row.ref('disabled') }))
        .where('id', '=', args.value('id'))
        .where('revision', '=', args.value('revision'))
        .where('disabled', '=', 0),
    ),
    insert: statement((db, args: Parameters<SessionsTable>) =>
      db.insertInto('sessions').values(args.row(columns)),
    ),
    renew: statement((db, args: Parameters<SessionsTable & { readonly seen: string }>) =>
      db
        .updateTable('sessions')
        .set(args.row(renewed))
        .where('id', '=', args.value('id'))
        .where('secret_hash', '=', args.value('seen')),
    ),
    noteSeen: statement((db, args: Parameters<{ readonly id: string; readonly at: number }>) =>
      db
        .updateTable('sessions')
        .set({ last_seen_at: args.value('at') })
        .where('id', '=', args.value('id'))
        .where('last_seen_at', '<', args.value('at')),
    ),
  };
}

function toRow({ session, secretHash }: StoredSession): SessionsTable {
  return {
    id: session.id,
    secret_hash: secretHash,
    account_id: session.accountId,
    identity_provider_id: session.identityProviderId,
    provider_issuer: session.providerIssuer,
    auth_time: session.authTime,
    acr: session.acr,
    amr: JSON.stringify(session.amr),
    created_at: session.createdAt,
    last_seen_at: session.lastSeenAt,
    expires_at: session.expiresAt,
    user_agent: session.userAgent,
  };
}

function toStored(row: SessionsTable): StoredSession {
  const session: Session = {
    id: row.id,
    accountId: row.account_id,
    identityProviderId: row.identity_provider_id,
    providerIssuer: row.provider_issuer,
    authTime: asEpochSeconds(row.auth_time),
    acr: row.acr,
    amr: JSON.parse(row.amr) as readonly string[],
    createdAt: asEpochSeconds(row.created_at),
    lastSeenAt: asEpochSeconds(row.last_seen_at),
    expiresAt: asEpochSeconds(row.expires_at),
    userAgent: row.user_agent,
  };
  return { session, secretHash: row.secret_hash };
}
