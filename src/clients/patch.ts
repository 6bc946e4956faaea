import { isDeepStrictEqual } from 'node:util';
import type { FieldChange } from '../kernel/audit.ts';
import type { JsonValue } from '../kernel/encoding.ts';
import type { Client, ClientField, WritableField } from './client.ts';
import { clientDefaults } from './defaults.ts';

/** A change of a record: a field that is absent is kept, `null` clears it to its default, any other value is set. */
export type ClientPatch = { readonly [Field in WritableField]?: Client[Field] | null };

/** The record with `patch` applied. A key that holds `undefined` counts as absent. */
export function applyPatch(client: Client, patch: ClientPatch): Client {
  const changes = Object.entries(patch)
    .filter(([, value]) => value !== undefined)
    .map(([field, value]) => [field, value ?? clientDefaults[field as WritableField]]);
  return { ...client, ...Object.fromEntries(changes) };
}

/** The fields in which two records differ, by value. */
export function changedFields(before: Client, after: Client): readonly ClientField[] {
  return (Object.keys(after) as ClientField[]).filter(
    (field) => !isDeepStrictEqual(before[field], after[field]),
  );
}

const bookkeeping: ReadonlySet<ClientField> = new Set(['id', 'revision', 'createdAt', 'updatedAt']);

/** What an audit entry says of a change. `before` null: the client is new; `after` null: it is gone. */
export function describeChange(before: Client | null, after: Client | null): readonly FieldChange[] {
  const fields = Object.keys(after ?? before ?? {}) as ClientField[];
  return fields.flatMap((field) => {
    const was = before ? before[field] : clientDefaultOf(field);
    const is = after ? after[field] : null;
    if (bookkeeping.has(field) || isDeepStrictEqual(was, is)) return [];
    return [{ field, before: was as JsonValue, after: is as JsonValue }];
  });
}

function clientDefaultOf(field: ClientField): unknown {
  return field in clientDefaults ? clientDefaults[field as WritableField] : null;
}
