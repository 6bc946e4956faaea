import type { FieldChange } from '../kernel/audit.ts';
import type { Account } from './account.ts';

/** What an audit entry tells of an account; what else it is made of is about its person, and stays with it. */
const audited = ['username', 'administrator', 'disabled'] as const;

/** What of it has changed. */
export function changesOf(before: Account, after: Account): readonly FieldChange[] {
  return audited.flatMap((field) =>
    before[field] === after[field] ? [] : [{ field, before: before[field], after: after[field] }],
  );
}
