import { isDeepStrictEqual } from 'node:util';
import type { FieldChange } from '../kernel/audit.ts';
import type { JsonValue } from '../kernel/encoding.ts';
import type { Client, ClientField, WritableField } from './client.ts';
import { clientDefaults } from './defaults.ts';

/** A change of a record: a field that is absent is kept, `null` clears it to its default, any other value is set. */
export type ClientPatch = { readonly [Field in WritableField]?: Client[Field] | null };

/** The record with `patch` applied. A key that holds `undefined` counts as absent. */
export function applyPatch(client: Client, patch: ClientPatch): Client {
  const applied: Record<string, unknown> = { ...client };
  for (const [field, value] of Object.entries(patch)) {
    if (value !== undefined) applied[field] = value ?? clientDefaults[field as WritableField];
  }
  return applied as unknown as Client;
}

/** The fields in which two records differ, by value. */
export function changedFields(before: Client, after: Client): readonly ClientField[] {
  return (Object.keys(after) as ClientField[]).filter((field) => differ(before[field], after[field]));
}

/** Most fields are the same value, which is told at once. */
function differ(was: unknown, is: unknown): boolean {
  return was !== is && !isDeepStrictEqual(was, is);
}

const bookkeeping: ReadonlySet<ClientField> = new Set(['id', 'revision', 'createdAt', 'updatedAt']);

/** What an audit entry says of a change. `before` null: the client is new; `after` null: it is gone. */
export function describeChange(before: Client | null, after: Client | null): readonly FieldChange[] {
  const was = (field: ClientField): unknown => (before ? before[field] : clientDefaultOf(field));
  const is = (field: ClientField): unknown => (after ? after[field] : null);
  return (Object.keys(after ?? before ?? {}) as ClientField[])
    .filter((field) => differ(was(field), is(field)) && !bookkeeping.has(field))
    .map((field) => ({ field, before: was(field) as JsonValue, after: is(field) as JsonValue }));
}

function clientDefaultOf(field: ClientField): unknown {
  return field in clientDefaults ? clientDefaults[field as WritableField] : null;
}
