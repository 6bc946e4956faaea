import type { AuditAction, AuditEvent, AuditOf } from '../../kernel/audit.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { EndingStore } from './ending-store.ts';

/**
 * The one way in which sessions, consents and accounts end: whoever asked for it is notified (OpenID Connect Back-Channel Logout). The end
 * of a session is audited where somebody decides it from elsewhere: its person at the pages about their account, or an operator. Signing
 * out is not.
 */
export interface Endings {
  /** A session, with its grants but for those with `offline_access`. That it is gone already is no fault. */
  readonly endSession: (sessionId: string, audit?: AuditOf) => Promise<void>;
  /** The sessions of an account, but for `except`, in the same way. */
  readonly endSessionsOf: (accountId: string, except?: string) => Promise<void>;
  /** The sessions of an account but for `sessionId`, and every grant that did not come from that one, offline ones too. */
  readonly endElsewhere: (accountId: string, sessionId: string, audit?: AuditOf) => Promise<void>;
  /** What an account has allowed a client, with every grant that came from it. `absent`: the account has no such consent. */
  readonly endConsent: (id: string, accountId: string, audit: AuditOf) => Promise<'ended' | 'absent'>;
  /** Everything that an account has allowed; answers how many clients it was. */
  readonly endConsents: (accountId: string, audit: AuditOf) => Promise<number>;
  /** Every session and every grant of an account, offline ones too. What it has allowed stays. */
  readonly endAccount: (accountId: string, audit?: AuditOf) => Promise<void>;
}

/**
 * Makes the endings.
 * @param deps.wake called once there may be something to deliver
 */
export function createEndings(deps: {
  readonly store: EndingStore;
  readonly clock: Clock;
  readonly wake: () => void;
}): Endings {
  const { store, clock, wake } = deps;
  const waking = async <Outcome>(ending: Promise<Outcome>): Promise<Outcome> => {
    const outcome = await ending;
    wake();
    return outcome;
  };
  return {
    endSession: (sessionId, audit) =>
      waking(store.endSession(sessionId, clock.now(), entries(audit, 'session.ended', sessionId))),
    endSessionsOf: (accountId, except) => waking(store.endSessionsOf(accountId, except ?? null, clock.now())),
    endElsewhere: (accountId, sessionId, audit) => {
      const entry = entries(audit, 'account.sessions-ended', accountId);
      return waking(store.endElsewhere(accountId, sessionId, clock.now(), entry));
    },
    endConsent: (id, accountId, audit) =>
      waking(store.endConsent(id, accountId, clock.now(), [audit('authorisation.revoked', id)])),
    endConsents: (accountId, audit) => {
      const entry = audit('account.authorisations-revoked', accountId);
      return waking(store.endConsents(accountId, clock.now(), [entry]));
    },
    endAccount: (accountId, audit) => {
      const entry = entries(audit, 'account.sessions-ended', accountId);
      return waking(store.endAccount(accountId, clock.now(), entry));
    },
  };
}

function entries(audit: AuditOf | undefined, action: AuditAction, targetId: string): readonly AuditEvent[] {
  return audit === undefined ? [] : [audit(action, targetId)];
}
