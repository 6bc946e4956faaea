import type { AuditEvent } from '../kernel/audit.ts';
import type { EpochSeconds } from '../kernel/clock.ts';
import type { Account } from './account.ts';

/** Who a person is at an identity provider. */
export interface FederatedIdentity {
  readonly providerId: string;
  /** What the provider was when the person came from it: another issuer's subjects are other people. */
  readonly issuer: string;
  readonly subject: string;
}

/** The port to which account is whose at other providers. */
export interface FederatedIdentityStore {
  /** The id of the account; undefined: there is none. */
  readonly find: (identity: FederatedIdentity) => Promise<string | undefined>;
  /**
   * Stores an account and whose it is, with audit entries (default: none), together or not at all. `linked`: the person has an account already. `taken`: the user name
   * belongs to another. `gone`: there is no such provider any more.
   */
  readonly insert: (
    account: Account,
    identity: FederatedIdentity & { readonly at: EpochSeconds },
    audit?: readonly AuditEvent[],
  ) => Promise<'inserted' | 'linked' | 'taken' | 'gone'>;
}
