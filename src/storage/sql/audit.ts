import type { AuditEvent } from '../../kernel/audit.ts';
import type { Engine, Step } from '../engine.ts';
import type { AuditEventsTable } from '../schema.ts';
import type { Parameters, Query } from '../statement.ts';

const columns = ['id', 'at', 'action', 'target_id', 'actor', 'face', 'request_id', 'changes'] as const;

/** The statement that stores an audit entry. */
export type AppendAudit = (event: AuditEvent) => Query<unknown>;

/** Makes the steps that store audit entries behind those of a change. */
export function auditSteps(
  appendAudit: AppendAudit,
): (audit?: readonly AuditEvent[]) => readonly Step<never>[] {
  return (audit = []) => audit.map((event) => ({ run: appendAudit(event) }));
}

/** Makes the statement that stands in the write of every audited change. */
export function createAuditAppend({ statement }: Pick<Engine, 'statement'>): AppendAudit {
  const append = statement((db, args: Parameters<AuditEventsTable>) =>
    db.insertInto('audit_events').values(args.row(columns)),
  );
  return (event) =>
    append({
      id: event.id,
      at: event.at,
      action: event.action,
      target_id: event.targetId,
      actor: event.actor,
      face: event.face,
      request_id: event.requestId,
      changes: JSON.stringify(event.changes),
    });
}
