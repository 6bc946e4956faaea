import type { EpochSeconds } from './clock.ts';
import type { JsonValue } from './encoding.ts';
import { orderedUuid } from './random.ts';

/** What an audit entry says was done. */
export type AuditAction =
  | 'client.created'
  | 'client.updated'
  | 'client.deleted'
  | 'client.secret-created'
  | 'client.secret-revoked'
  | 'client.secret-regenerated'
  | 'client.secret-read'
  | 'scope.created'
  | 'scope.updated'
  | 'scope.deleted'
  | 'identity-provider.created'
  | 'identity-provider.updated'
  | 'identity-provider.deleted'
  | 'account.created'
  | 'account.updated'
  | 'account.password-changed'
  | 'account.factors-removed'
  | 'account.passkey-added'
  | 'account.passkey-removed'
  | 'account.totp-on'
  | 'account.totp-off'
  | 'account.recovery-codes-renewed'
  | 'account.authorisations-revoked'
  | 'account.sessions-ended'
  | 'authorisation.given'
  | 'authorisation.revoked'
  | 'session.ended';

/** The way a change came in. `configuration` is the operator's file and environment. */
export type Face = 'native' | 'connect' | 'login-api' | 'clients-api' | 'cli' | 'configuration';

/** One field of a changed thing. A secret never stands here. */
export interface FieldChange {
  readonly field: string;
  readonly before: JsonValue;
  readonly after: JsonValue;
}

/** Who acts, and how it came in. */
export interface AuditSource {
  /** The account or client that acts; `operator` for the configuration and the command line. */
  readonly actor: string;
  /** `pages`: a person at the pages about their own account, or at the sign-in that made it. */
  readonly face: Face | 'pages';
  /** The request's id, also in the log and in the `x-request-id` response header. */
  readonly requestId: string;
}

/** Who did what to which client, scope, identity provider, account, authorisation or session, when and how; stored in the transaction of the change itself. */
export interface AuditEvent extends AuditSource {
  /** A version 7 UUID: entries sort by it. */
  readonly id: string;
  readonly at: EpochSeconds;
  readonly action: AuditAction;
  /** Id of what was changed. */
  readonly targetId: string;
  readonly changes: readonly FieldChange[];
}

/** Makes the audit entry of what a request does to the thing with an id. */
export type AuditOf = (action: AuditAction, targetId: string) => AuditEvent;

/** The audit entry of what is done at `at`. */
export function auditEvent(
  { actor, face, requestId }: AuditSource,
  at: EpochSeconds,
  done: Pick<AuditEvent, 'action' | 'targetId'> & Partial<Pick<AuditEvent, 'changes'>>,
): AuditEvent {
  return { id: orderedUuid(), at, actor, face, requestId, changes: [], ...done };
}
