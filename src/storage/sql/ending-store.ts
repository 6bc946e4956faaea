import type { EpochSeconds } from '../../kernel/clock.ts';
import type { EndingStore } from '../../protocol/logout/ending-store.ts';
import type { Engine, Step } from '../engine.ts';
import type { Parameters } from '../statement.ts';
import { type AppendAudit, auditSteps } from './audit.ts';
import { createLogoutNoticeSteps, type LogoutNoticeSteps } from './logout-notice-steps.ts';

interface OfSession {
  readonly session_id: string;
}

interface OfAccount {
  readonly account_id: string;
}

interface OfOthers extends OfAccount {
  /** Of a session. */
  readonly except: string;
}

interface OfAccountAtClient extends OfAccount {
  readonly client_id: string;
}

interface OfConsent extends OfAccount {
  readonly id: string;
}

/** The store of endings. */
export function createEndingStore(engine: Engine, appendAudit: AppendAudit): EndingStore {
  const notices = createLogoutNoticeSteps(engine);
  return {
    ...createSessionEndings(engine, notices, appendAudit),
    ...createConsentEndings(engine, notices, appendAudit),
  };
}

function createSessionEndings(
  engine: Engine,
  notices: LogoutNoticeSteps,
  appendAudit: AppendAudit,
): Pick<EndingStore, 'clientsOf' | 'endSession' | 'endSessionsOf' | 'endElsewhere' | 'endAccount'> {
  const { clientsOf } = createReads(engine);
  const sessions = createSessionStatements(engine);
  const append = auditSteps(appendAudit);
  const everythingBut = (account_id: string, except: string, at: EpochSeconds): readonly Step<never>[] => [
    notices.ofOtherSessions(account_id, except, at),
    { run: sessions.endOthers({ account_id, except }) },
    notices.ofGrantsElsewhere(account_id, except, at),
    { run: sessions.endGrantsElsewhere({ account_id, except }) },
  ];

  return {
    clientsOf: async (session_id) =>
      (await engine.read(clientsOf({ session_id }))).map(({ client_id }) => client_id),

    endSession: async (session_id, at, audit = []) => {
      await engine.write({
        steps: [
          notices.ofSession(session_id, at),
          // Whoever ended it first is who the entry is about, and has ended the grants.
          { run: sessions.endOne({ session_id }), ...(audit.length > 0 && { otherwise: 'absent' }) },
          notices.ofSessionGrants(session_id, at),
          { run: sessions.endGrantsOfOne({ session_id }) },
          ...append(audit),
        ],
        done: 'ended',
      });
    },

    endSessionsOf: async (account_id, kept, at) => {
      const except = kept ?? '';
      await engine.write({
        steps: [
          notices.ofOtherSessions(account_id, except, at),
          { run: sessions.endOthers({ account_id, except }) },
          notices.ofOtherSessionGrants(account_id, except, at),
          { run: sessions.endGrantsOfOthers({ account_id, except }) },
        ],
        done: 'ended',
      });
    },

    endElsewhere: async (account_id, except, at, audit) => {
      const steps = [...everythingBut(account_id, except, at), ...append(audit)];
      await engine.write({ steps, done: 'ended' });
    },

    endAccount: async (account_id, at, audit) => {
      await engine.write({
        steps: [
          notices.ofIdleConsents(account_id, at),
          ...everythingBut(account_id, '', at),
          ...append(audit),
        ],
        done: 'ended',
      });
    },
  };
}

function createConsentEndings(
  engine: Engine,
  notices: LogoutNoticeSteps,
  appendAudit: AppendAudit,
): Pick<EndingStore, 'endConsent' | 'endConsents'> {
  const { clientOfConsent, anyConsent } = createReads(engine);
  const consents = createConsentStatements(engine);
  const append = auditSteps(appendAudit);

  const store: Pick<EndingStore, 'endConsent' | 'endConsents'> = {
    endConsent: async (id, account_id, at, audit) => {
      // Neither of the two ever changes: whether there is something to end is decided by the write.
      const [consent] = await engine.read(clientOfConsent({ id, account_id }));
      if (consent === undefined) return 'absent';
      const { client_id } = consent;
      return engine.write<'ended' | 'absent'>({
        steps: [
          notices.ofIdleConsent(account_id, id, at),
          notices.ofConsentGrants(id, at),
          { run: consents.endOne({ id, account_id }), otherwise: 'absent' },
          notices.ofSignIns(account_id, client_id, at),
          { run: consents.endSignIns({ account_id, client_id }) },
          ...append(audit),
        ],
        done: 'ended',
      });
    },

    endConsents: async (account_id, at, audit) => {
      // Whoever has none ends none, however often, and leaves no trace of it. Which of several ends them is decided by the first.
      const [first] = await engine.read(anyConsent({ account_id }));
      if (first === undefined) return 0;
      const ended = await engine.write<number | 'changed'>({
        steps: [
          notices.ofIdleConsents(account_id, at),
          notices.ofGrantsElsewhere(account_id, '', at),
          { run: consents.endOne({ id: first.id, account_id }), otherwise: 'changed' },
          { run: consents.endAll({ account_id }) },
          notices.ofOtherSessions(account_id, '', at),
          { run: consents.endAllSignIns({ account_id }) },
          ...append(audit),
        ],
        done: ([, , one = 0, others = 0]) => one + others,
      });
      return ended === 'changed' ? store.endConsents(account_id, at, audit) : ended;
    },
  };
  return store;
}

function createReads({ statement }: Pick<Engine, 'statement'>) {
  return {
    clientsOf: statement((db, args: Parameters<OfSession>) =>
      db
        .selectFrom('session_clients')
        .select('client_id')
        .where('session_id', '=', args.value('session_id'))
        .orderBy('created_at')
        .orderBy('client_id'),
    ),
    anyConsent: statement((db, args: Parameters<OfAccount>) =>
      db.selectFrom('consents').select('id').where('account_id', '=', args.value('account_id')).limit(1),
    ),
    clientOfConsent: statement((db, args: Parameters<OfConsent>) =>
      db
        .selectFrom('consents')
        .select('client_id')
        .where('id', '=', args.value('id'))
        .where('account_id', '=', args.value('account_id')),
    ),
  };
}

/** A session takes its sign-ins along by cascade. Its grants are no rows of it, since some outlive it. */
function createSessionStatements({ statement }: Pick<Engine, 'statement'>) {
  return {
    endOne: statement((db, args: Parameters<OfSession>) =>
      db.deleteFrom('sessions').where('id', '=', args.value('session_id')),
    ),
    endGrantsOfOne: statement((db, args: Parameters<OfSession>) =>
      db.deleteFrom('grants').where('session_id', '=', args.value('session_id')).where('offline', '=', 0),
    ),
    endOthers: statement((db, args: Parameters<OfOthers>) =>
      db
        .deleteFrom('sessions')
        .where('account_id', '=', args.value('account_id'))
        .where('id', '<>', args.value('except')),
    ),
    endGrantsOfOthers: statement((db, args: Parameters<OfOthers>) =>
      db
        .deleteFrom('grants')
        .where('account_id', '=', args.value('account_id'))
        .where('session_id', '<>', args.value('except'))
        .where('offline', '=', 0),
    ),
    endGrantsElsewhere: statement((db, args: Parameters<OfOthers>) =>
      db
        .deleteFrom('grants')
        .where('account_id', '=', args.value('account_id'))
        .where('session_id', '<>', args.value('except')),
    ),
  };
}

/** A consent takes its grants along by cascade, and they their codes and refresh tokens. */
function createConsentStatements({ statement }: Pick<Engine, 'statement'>) {
  return {
    endOne: statement((db, args: Parameters<OfConsent>) =>
      db
        .deleteFrom('consents')
        .where('id', '=', args.value('id'))
        .where('account_id', '=', args.value('account_id')),
    ),
    endAll: statement((db, args: Parameters<OfAccount>) =>
      db.deleteFrom('consents').where('account_id', '=', args.value('account_id')),
    ),
    /** The end of the session is no news to a client that was told already. */
    endSignIns: statement((db, args: Parameters<OfAccountAtClient>) =>
      db
        .deleteFrom('session_clients')
        .where('client_id', '=', args.value('client_id'))
        .where('session_id', 'in', (row) =>
          row.selectFrom('sessions').select('id').where('account_id', '=', args.value('account_id')),
        ),
    ),
    endAllSignIns: statement((db, args: Parameters<OfAccount>) =>
      db
        .deleteFrom('session_clients')
        .where('session_id', 'in', (row) =>
          row.selectFrom('sessions').select('id').where('account_id', '=', args.value('account_id')),
        ),
    ),
  };
}
