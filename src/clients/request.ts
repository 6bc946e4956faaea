import { type AuditEvent, auditEvent, type Face } from '../kernel/audit.ts';
import type { EpochSeconds } from '../kernel/clock.ts';
import type { Actor } from './policy.ts';

/** Who asks, through which face, in which request. Every call of the registry names it. */
export interface Request {
  readonly actor: Actor;
  readonly face: Face;
  readonly requestId: string;
  /**
   * The revision of the scopes at which the caller has looked up the names that its change adds; absent: they mean what they
   * mean when the change is judged.
   */
  readonly ifScopesRevision?: number;
}

/** A request about one client. */
export interface ClientRequest extends Request {
  readonly id: string;
  /** The revision that the caller has seen (its ETag); absent: whatever is current. */
  readonly ifRevision?: number;
}

/** The audit entry of a request that is carried out at `at`. */
export function auditEntry(
  { actor, face, requestId }: Request,
  at: EpochSeconds,
  done: Parameters<typeof auditEvent>[2],
): AuditEvent {
  return auditEvent({ actor: actor.subject, face, requestId }, at, done);
}
