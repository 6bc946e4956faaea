import type { EpochSeconds } from './clock.ts';
import type { JsonValue } from './encoding.ts';

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
  | 'identity-provider.deleted';

/** The way a change came in. `configuration` is the operator's file and environment. */
export type Face = 'native' | 'connect' | 'login-api' | 'clients-api' | 'cli' | 'configuration';

/** One field of a changed thing. A secret never stands here. */
export interface FieldChange {
  readonly field: string;
  readonly before: JsonValue;
  readonly after: JsonValue;
}

/** Who did what to which client, scope or identity provider, when and through which face; stored in the transaction of the change itself. */
export interface AuditEvent {
  /** A version 7 UUID: entries sort by it. */
  readonly id: string;
  readonly at: EpochSeconds;
  readonly action: AuditAction;
  /** Id of what was changed. */
  readonly targetId: string;
  /** The account or client that acted; `operator` for the configuration and the command line. */
  readonly actor: string;
  readonly face: Face;
  /** The request's id, also in the log and in the `x-request-id` response header. */
  readonly requestId: string;
  readonly changes: readonly FieldChange[];
}

/** Makes the audit entry of what a request does to the thing with an id. */
export type AuditOf = (action: AuditAction, targetId: string) => AuditEvent;
