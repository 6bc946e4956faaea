import type { AuditOf } from '../../kernel/audit.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { EndingStore } from './ending-store.ts';

/** The one way in which sessions, consents and accounts end: whoever asked for it is notified (OpenID Connect Back-Channel Logout). */
export interface Endings {
  /** A session, with its grants but for those with `offline_access`. That it is gone already is no fault. */
  readonly endSession: (sessionId: string) => Promise<void>;
  /** The sessions of an account, but for `except`, in the same way. */
  readonly endSessionsOf: (accountId: string, except?: string) => Promise<void>;
  /** What an account has allowed a client, with every grant that came from it. `absent`: the account has no such consent. */
  readonly endConsent: (id: string, accountId: string, audit: AuditOf) => Promise<'ended' | 'absent'>;
  /** Everything that an account has allowed; answers how many clients it was. */
  readonly endConsents: (accountId: string, audit: AuditOf) => Promise<number>;
  /** Every session and every grant of an account. */
  readonly endAccount: (accountId: string) => Promise<void>;
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
    endSession: (sessionId) => waking(store.endSession(sessionId, clock.now())),
    endSessionsOf: (accountId, except) => waking(store.endSessionsOf(accountId, except ?? null, clock.now())),
    endConsent: (id, accountId, audit) =>
      waking(store.endConsent(id, accountId, clock.now(), [audit('authorisation.revoked', id)])),
    endConsents: (accountId, audit) => {
      const entry = audit('account.authorisations-revoked', accountId);
      return waking(store.endConsents(accountId, clock.now(), [entry]));
    },
    endAccount: (accountId) => waking(store.endAccount(accountId, clock.now())),
  };
}
