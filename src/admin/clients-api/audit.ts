import { isDeepStrictEqual } from 'node:util';
import { auditEntry, type Request } from '../../clients/request.ts';
import type { AuditOf, FieldChange } from '../../kernel/audit.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { JsonObject } from '../../kernel/encoding.ts';

/** Makes the audit entry of what a caller does to a scope or an identity provider. Null: it is new, or gone. */
export function auditOf(
  { caller, clock }: { readonly caller: Request; readonly clock: Clock },
  before: JsonObject | null,
  after: JsonObject | null,
): AuditOf {
  const changes = changesOf(before, after);
  return (action, targetId) => auditEntry(caller, clock.now(), { action, targetId, changes });
}

function changesOf(before: JsonObject | null, after: JsonObject | null): readonly FieldChange[] {
  return Object.keys(after ?? before ?? {}).flatMap((field) => {
    const change = { field, before: before?.[field] ?? null, after: after?.[field] ?? null };
    return isDeepStrictEqual(change.before, change.after) ? [] : [change];
  });
}
