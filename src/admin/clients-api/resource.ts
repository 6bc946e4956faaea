import type { z } from 'zod';
import type { JsonObject, JsonValue } from '../../kernel/encoding.ts';
import { readUuid } from '../../kernel/random.ts';
import { readValue } from '../rest-value.ts';
import { ApiError, type FieldFault } from './errors.ts';

/** What a request says of a resource: a type for each field that it may name. */
type Fields = Readonly<Record<string, z.ZodType>>;

/** What was read of a request: what it says, and what it says wrongly. */
export interface Reading<Shape extends Fields> {
  readonly values: { readonly [Name in keyof Shape]?: z.output<Shape[Name]> | null };
  readonly faults: readonly FieldFault[];
}

/**
 * The object that a request is about: `{"client": {…}}`.
 * @throws ApiError `BAD_REQUEST`
 */
export function resourceOf(body: JsonValue | undefined, name: string): JsonObject {
  const wanted = isObject(body) ? body[name] : undefined;
  if (isObject(wanted)) return wanted;
  const message = wanted === undefined || wanted === null ? "can't be blank" : 'is invalid';
  throw new ApiError('BAD_REQUEST', [{ field: name, message }]);
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads the fields that `shape` has. Absent ones are left out, unknown ones are ignored; all faults are named together. */
export function readFields<Shape extends Fields>(shape: Shape, resource: JsonObject): Reading<Shape> {
  const values: Record<string, unknown> = {};
  const faults: FieldFault[] = [];
  for (const [field, schema] of Object.entries(shape)) {
    const value = resource[field];
    if (value === undefined) continue;
    const { data, faults: messages } = readValue(schema, value, (issue) => messageOf(value, issue));
    if (messages.length === 0) values[field] = data;
    for (const message of messages) faults.push({ field, message });
  }
  return { values: values as Reading<Shape>['values'], faults };
}

function messageOf(value: JsonValue, { path }: z.core.$ZodIssue): string {
  if (typeof path[0] === 'number') return 'has an invalid entry';
  const faulty = path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown>)[key], value);
  return faulty === null || faulty === undefined ? "can't be blank" : 'is invalid';
}

/** All faults, where a field that could be read has one of these too. */
export function faultsOf(
  faults: readonly FieldFault[],
  found: Readonly<Record<string, string | undefined>>,
): readonly FieldFault[] {
  const isReadable = (field: string): boolean => faults.every((fault) => fault.field !== field);
  const others = Object.entries(found).flatMap(([field, message]) =>
    message !== undefined && isReadable(field) ? [{ field, message }] : [],
  );
  return [...faults, ...others];
}

/** What is wrong with an id that a request gives a thing, which has its own; null, as a new one's, is none. */
export function idFault(given: string | null | undefined, own: string | null): string | undefined {
  return given === undefined || given === own ? undefined : 'is read-only';
}

/**
 * An id in the path.
 * @throws ApiError `BAD_REQUEST`
 */
export function parseId(text = ''): string {
  const id = readUuid(text);
  if (id === undefined) throw new ApiError('BAD_REQUEST', [{ field: 'id', message: 'is invalid' }]);
  return id;
}
