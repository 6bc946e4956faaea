import type { z } from 'zod';
import type { JsonValue } from '../kernel/encoding.ts';

/** A list is read up to this length: twice what a record may hold of anything. */
const mostEntries = 1_000;

/** A value that a REST dialect has read. */
export interface RestValue<Output> {
  /** Undefined where `faults` are not empty. */
  readonly data: Output | undefined;
  /** What is wrong with it, each text once: a list may be wrong in many places. */
  readonly faults: readonly string[];
}

/** Reads a value of a request. A list that is too long is refused before its entries are looked at, which would hold everyone up. */
export function readValue<Output>(
  schema: z.ZodType<Output>,
  value: JsonValue | undefined,
  faultOf: (issue: z.core.$ZodIssue) => string,
): RestValue<Output> {
  if (Array.isArray(value) && value.length > mostEntries) {
    return { data: undefined, faults: ['has too many entries'] };
  }
  const { data, error } = schema.safeParse(value);
  return { data, faults: [...new Set(error?.issues.map(faultOf))] };
}
