import type { z } from 'zod';
import type { JsonValue } from '../kernel/encoding.ts';
import { mostEntries, tooManyEntries } from './list-limit.ts';

/** A value that a REST dialect has read. */
export interface RestValue<Output> {
  /** Undefined where `faults` are not empty. */
  readonly data: Output | undefined;
  /** What is wrong with it, each text once: a list may be wrong in many places. */
  readonly faults: readonly string[];
}

/** Reads a value of a request. Of a list that is too long no entry is looked at. */
export function readValue<Output>(
  schema: z.ZodType<Output>,
  value: JsonValue | undefined,
  faultOf: (issue: z.core.$ZodIssue) => string,
): RestValue<Output> {
  if (Array.isArray(value) && value.length > mostEntries) {
    return { data: undefined, faults: [tooManyEntries] };
  }
  const { data, error } = schema.safeParse(value);
  return { data, faults: [...new Set(error?.issues.map(faultOf))] };
}
