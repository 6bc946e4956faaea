import { noticeKeptSeconds } from '../../protocol/logout/logout-notice.ts';
import type { Engine, Step } from '../engine.ts';
import { createLogoutNoticeStatements } from './logout-notice-statements.ts';

/**
 * The steps that put notices in the outbox, in the writes in which sessions, grants and consents end. A client that has no address for them
 * gets none. Where a notice for the same session and client is there, it begins anew.
 *
 * Those of sign-ins stand before the step that takes their rows away; those of grants, where they can, behind the step that takes
 * their sessions: who signs in at the same moment waits there for the other, and is seen by one of them.
 */
export interface LogoutNoticeSteps {
  readonly ofSession: (sessionId: string, at: number) => Step<never>;
  readonly ofSessionGrants: (sessionId: string, at: number) => Step<never>;
  readonly ofOtherSessions: (accountId: string, except: string, at: number) => Step<never>;
  /** But for those that outlive their sessions. */
  readonly ofOtherSessionGrants: (accountId: string, except: string, at: number) => Step<never>;
  readonly ofGrantsElsewhere: (accountId: string, except: string, at: number) => Step<never>;
  readonly ofSignIns: (accountId: string, clientId: string, at: number) => Step<never>;
  readonly ofConsentGrants: (consentId: string, at: number) => Step<never>;
  /** For the consents of an account whose clients no session and no grant leads to. */
  readonly ofIdleConsents: (accountId: string, at: number) => Step<never>;
  readonly ofIdleConsent: (accountId: string, consentId: string, at: number) => Step<never>;
  /** For every sign-in and every grant of a client that is deleted, with the record that it has; also to what is pending for it. */
  readonly ofDeletedClient: (clientId: string, at: number) => readonly Step<never>[];
}

/** Makes the steps. */
export function createLogoutNoticeSteps(engine: Pick<Engine, 'statement'>): LogoutNoticeSteps {
  const { signIns, grants, consents, keepRecord } = createLogoutNoticeStatements(engine);
  const timesOf = (at: number) => ({ at, expires: at + noticeKeptSeconds });
  return {
    ofSession: (session_id, at) => ({ run: signIns.ofSession({ session_id, ...timesOf(at) }) }),
    ofSessionGrants: (session_id, at) => ({ run: grants.ofSession({ session_id, ...timesOf(at) }) }),
    ofOtherSessions: (account_id, except, at) => ({
      run: signIns.ofOthers({ account_id, except, ...timesOf(at) }),
    }),
    ofOtherSessionGrants: (account_id, except, at) => ({
      run: grants.ofOthers({ account_id, except, ...timesOf(at) }),
    }),
    ofGrantsElsewhere: (account_id, except, at) => ({
      run: grants.ofElsewhere({ account_id, except, ...timesOf(at) }),
    }),
    ofSignIns: (account_id, client_id, at) => ({
      run: signIns.ofAccountAtClient({ account_id, client_id, ...timesOf(at) }),
    }),
    ofConsentGrants: (consent_id, at) => ({ run: grants.ofConsent({ consent_id, ...timesOf(at) }) }),
    ofIdleConsents: (account_id, at) => ({ run: consents.ofAccount({ account_id, ...timesOf(at) }) }),
    ofIdleConsent: (account_id, consent_id, at) => ({
      run: consents.ofOne({ account_id, consent_id, ...timesOf(at) }),
    }),
    ofDeletedClient: (client_id, at) => [
      { run: signIns.ofClient({ client_id, ...timesOf(at) }) },
      { run: grants.ofClient({ client_id, ...timesOf(at) }) },
      { run: keepRecord({ client_id }) },
    ],
  };
}
