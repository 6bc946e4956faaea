import { isDeepStrictEqual } from 'node:util';
import type { Client, ClientField } from './client.ts';
import { invalid, type Violation } from './errors.ts';
import { applyPatch, type ClientPatch } from './patch.ts';

/**
 * One wire field of a face, as a lens on the record: how it is read off, and which change of the record writes it.
 *
 * Writing back the value that `get` shows is never a change: `applyInput` compares before it calls `put`. That is the
 * view law, and it is why no `put` needs to know it.
 */
export interface Lens<Value> {
  /** The record fields behind it; violations on them are reported under this wire field. */
  readonly shows: readonly ClientField[];
  readonly get: (client: Client) => Value;
  /** The change that makes `get` show `value`. Absent: read-only. */
  readonly put?: (value: Value, client: Client) => ClientPatch;
  /** The change that a request means which clears the field. Absent: its record fields go to their defaults. */
  readonly clear?: (client: Client) => ClientPatch;
}

/** The fields of a face by their wire names, in the order of the wire. */
export type View<Wire extends object> = { readonly [Name in keyof Wire]-?: Lens<Wire[Name]> };

/** What a request says of a view's fields: absent or `undefined` keeps, `null` clears, any other value sets. */
export type ViewInput<Wire extends object> = {
  readonly [Name in keyof Wire]?: Wire[Name] | null | undefined;
};

/** The record as the face shows it. */
export function show<Wire extends object>(view: View<Wire>, client: Client): Wire {
  const names = Object.keys(view) as (keyof Wire)[];
  return Object.fromEntries(names.map((name) => [name, view[name].get(client)])) as Wire;
}

/**
 * The change that a request means for the record as it is now: fields in wire order, each seeing those before it.
 * @throws RegistryError `invalid` naming every read-only field that is given another value than its own
 */
export function applyInput<Wire extends object>(
  view: View<Wire>,
  client: Client,
  input: ViewInput<Wire>,
): ClientPatch {
  let patch: ClientPatch = {};
  let current = client;
  const readOnly: ClientField[] = [];
  for (const name of Object.keys(view) as (keyof Wire)[]) {
    const value = input[name];
    if (value === undefined) continue;
    const lens = view[name];
    if (isDeepStrictEqual(lens.get(current), value)) continue;
    if (lens.put) {
      patch = { ...patch, ...(value === null ? clearing(lens, current) : lens.put(value, current)) };
      current = applyPatch(client, patch);
    } else readOnly.push(...lens.shows);
  }
  if (readOnly.length > 0) {
    throw invalid(readOnly.map((field) => ({ rule: 'read-only', field, message: 'is read-only' })));
  }
  return patch;
}

function clearing<Value>(lens: Lens<Value>, client: Client): ClientPatch {
  return lens.clear?.(client) ?? Object.fromEntries(lens.shows.map((field) => [field, null]));
}

/** The wire field under which a violation on `field` is reported; the record's own name when the view hides it. */
export function wireNameOf<Wire extends object>(view: View<Wire>, field: Violation['field']): string {
  const names = Object.keys(view) as (keyof Wire & string)[];
  return names.find((name) => view[name].shows.some((shown) => shown === field)) ?? field;
}

/** A lens on one record field that the wire shows as it is, but for `empty`, which stands for null. */
export function nullable<Field extends ClientField>(
  field: Field,
  empty: NonNullable<Client[Field]>,
): Lens<NonNullable<Client[Field]>> {
  return {
    shows: [field],
    get: (client) => client[field] ?? empty,
    put: (value) => ({ [field]: value }) as ClientPatch,
  };
}

/** A lens on one record field that the wire shows as it is. */
export function same<Field extends ClientField>(field: Field): Lens<Client[Field]> {
  return {
    shows: [field],
    get: (client) => client[field],
    put: (value) => ({ [field]: value }) as ClientPatch,
  };
}

/** A lens on one record field that the wire shows and never sets. */
export function readOnly<Field extends ClientField>(field: Field): Lens<Client[Field]> {
  return { shows: [field], get: (client) => client[field] };
}

/** A lens on the membership of one value in a set. */
export function member<Field extends 'grantTypes' | 'tokenEndpointAuthMethods'>(
  field: Field,
  entry: Client[Field][number],
): Lens<boolean> {
  return {
    shows: [field],
    get: (client) => (client[field] as readonly string[]).includes(entry),
    put: (wanted, client) => {
      const others = (client[field] as readonly string[]).filter((other) => other !== entry);
      return { [field]: wanted ? [...others, entry] : others } as ClientPatch;
    },
    clear: (client) =>
      ({ [field]: (client[field] as readonly string[]).filter((other) => other !== entry) }) as ClientPatch,
  };
}
