import type { ExpressionBuilder } from 'kysely';
import type { Client } from '../../clients/client.ts';
import { asEpochSeconds } from '../../kernel/clock.ts';
import type {
  LogoutNotice,
  LogoutNoticeStatus,
  LogoutNoticeStore,
} from '../../protocol/logout/logout-notice.ts';
import type { Engine } from '../engine.ts';
import type { LogoutNoticesTable } from '../people-schema.ts';
import type { Schema } from '../schema.ts';
import type { Parameters, Query } from '../statement.ts';
import { parseRecord } from './client-row.ts';

interface Key {
  readonly session_id: string;
  readonly client_id: string;
}

/** A notice as it was seen: whoever changes one counts an attempt, or lets it be due at another time. */
interface Seen extends Key {
  readonly attempts: number;
  readonly due_at: number;
}

interface Claim extends Seen {
  readonly until: number;
}

interface Settling extends Seen {
  readonly state: LogoutNoticesTable['state'];
  readonly fault: string | null;
  readonly settled_at: number;
}

interface Retry extends Seen {
  readonly fault: string;
  readonly next: number;
}

interface Due {
  readonly at: number;
  readonly except: readonly string[];
  readonly limit: number;
}

interface OfClient extends Pick<Key, 'client_id'> {
  readonly limit: number;
}

interface Postponement extends Pick<Key, 'client_id'> {
  readonly at: number;
  readonly until: number;
}

/** The outbox of notices. */
export function createLogoutNoticeStore(engine: Engine): LogoutNoticeStore {
  const { listDue, ofClient } = createReads(engine);
  const { claim, settle, retry, drop, postpone } = createWrites(engine);
  const write = async (run: Query<unknown>): Promise<void> => {
    await engine.write({ steps: [{ run }], done: 'written' });
  };
  return {
    listDue: async (at, except, limit) => (await engine.read(listDue({ at, except, limit }))).map(toNotice),
    claim: async (notice, until) => {
      const outcome = await engine.write<'claimed' | 'taken'>({
        steps: [{ run: claim({ ...seen(notice), until }), otherwise: 'taken' }],
        done: 'claimed',
      });
      return outcome === 'taken' ? outcome : { ...notice, attempts: notice.attempts + 1, dueAt: until };
    },
    settle: (claimed, { state, fault, at }) =>
      write(settle({ ...seen(claimed), state, fault, settled_at: at })),
    retry: (claimed, { fault, dueAt }) => write(retry({ ...seen(claimed), fault, next: dueAt })),
    drop: (claimed) => write(drop(seen(claimed))),
    postpone: (client_id, at, until) => write(postpone({ client_id, at, until })),
    listOfClient: async (client_id, limit = Number.MAX_SAFE_INTEGER) =>
      (await engine.scan(ofClient({ client_id, limit }))).map(toStatus),
  };
}

const noticeColumns = [
  'session_id',
  'client_id',
  'account_id',
  'record',
  'created_at',
  'due_at',
  'attempts',
] as const;

const statusColumns = [
  'session_id',
  'account_id',
  'created_at',
  'due_at',
  'attempts',
  'state',
  'fault',
  'settled_at',
] as const;

function createReads({ statement }: Pick<Engine, 'statement'>) {
  return {
    listDue: statement((db, args: Parameters<Due>) =>
      db
        .selectFrom('logout_notices')
        .select(noticeColumns)
        .where('state', '=', 'pending')
        .where('due_at', '<=', args.value('at'))
        .where(({ not }) => not(args.in('logout_notices.client_id', 'except')))
        .orderBy('due_at')
        .limit(args.value('limit')),
    ),
    ofClient: statement((db, args: Parameters<OfClient>) =>
      db
        .selectFrom('logout_notices')
        .select(statusColumns)
        .where('client_id', '=', args.value('client_id'))
        .orderBy('created_at', 'desc')
        .orderBy('session_id')
        .limit(args.value('limit')),
    ),
  };
}

/** The condition that decides who has a notice in hand. */
function isAsSeen({ row }: Pick<Parameters<Seen>, 'row'>) {
  return ({ and }: ExpressionBuilder<Schema, 'logout_notices'>) =>
    and({ ...row(['session_id', 'client_id', 'attempts', 'due_at']), state: 'pending' });
}

function createWrites({ statement }: Pick<Engine, 'statement'>) {
  return {
    claim: statement((db, args: Parameters<Claim>) =>
      db
        .updateTable('logout_notices')
        .set((row) => ({ attempts: row('attempts', '+', 1), due_at: args.value('until') }))
        .where(isAsSeen(args)),
    ),
    settle: statement((db, args: Parameters<Settling>) =>
      db
        .updateTable('logout_notices')
        .set(args.row(['state', 'fault', 'settled_at']))
        .where(isAsSeen(args)),
    ),
    retry: statement((db, args: Parameters<Retry>) =>
      db
        .updateTable('logout_notices')
        .set({ fault: args.value('fault'), due_at: args.value('next') })
        .where(isAsSeen(args)),
    ),
    drop: statement((db, args: Parameters<Seen>) => db.deleteFrom('logout_notices').where(isAsSeen(args))),
    postpone: statement((db, args: Parameters<Postponement>) =>
      db
        .updateTable('logout_notices')
        .set({ due_at: args.value('until') })
        .where('client_id', '=', args.value('client_id'))
        .where('state', '=', 'pending')
        .where('due_at', '<=', args.value('at')),
    ),
  };
}

function seen({ sessionId, clientId, attempts, dueAt }: LogoutNotice): Seen {
  return { session_id: sessionId, client_id: clientId, attempts, due_at: dueAt };
}

function toNotice(row: Pick<LogoutNoticesTable, (typeof noticeColumns)[number]>): LogoutNotice {
  const record: Client | null = row.record === null ? null : parseRecord(row.record);
  return {
    sessionId: row.session_id,
    clientId: row.client_id,
    accountId: row.account_id,
    record,
    createdAt: asEpochSeconds(row.created_at),
    dueAt: asEpochSeconds(row.due_at),
    attempts: row.attempts,
  };
}

function toStatus(row: Pick<LogoutNoticesTable, (typeof statusColumns)[number]>): LogoutNoticeStatus {
  return {
    sessionId: row.session_id,
    accountId: row.account_id,
    createdAt: asEpochSeconds(row.created_at),
    dueAt: asEpochSeconds(row.due_at),
    attempts: row.attempts,
    state: row.state,
    fault: row.fault,
    settledAt: row.settled_at === null ? null : asEpochSeconds(row.settled_at),
  };
}
