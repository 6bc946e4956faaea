import type { Face } from '../../kernel/audit.ts';
import type { Client, ClientField } from '../client.ts';
import type { References } from '../references.ts';

/** What a rule may look at beside the record. */
export interface RuleContext {
  /** The record before the change; null when the client is new. */
  readonly previous: Client | null;
  readonly references: References;
  /** False: the server keeps verifiers alone and cannot compute a MAC with a client's secret. */
  readonly secretsKept: boolean;
  /** The length of the client's newest live secret in octets; null: it has none that is kept. */
  readonly secretOctets: number | null;
  /** False: there is no remote signer, which keys of the type `universal` need. */
  readonly remoteSigner: boolean;
}

/** One rule on a client record. Pure: it looks and answers. */
export interface Rule {
  /** Kebab-case; stable, because callers and documents name it. */
  readonly name: string;
  /** The field that a violation is reported on. */
  readonly field: ClientField;
  /** Where the rule comes from: an RFC section or a contract. */
  readonly source: string;
  /**
   * The face whose documented limit it is. Such a rule binds what a change through that face touches, so that what another
   * face has set is always accepted back. Absent: a rule of the record, which holds on every record.
   */
  readonly face?: Face;
  /** The fields whose change through `face` makes the rule bind. Default: `field`. */
  readonly binds?: readonly ClientField[];
  /** What is wrong, as text that follows the field's name; nothing when the rule holds. */
  readonly check: (client: Client, context: RuleContext) => string | readonly string[] | undefined;
}

/** A text of `min` to `max` characters (code points), or null. */
export function lengthFault(text: string | null, min: number, max: number): string | undefined {
  if (text === null) return undefined;
  const length = [...text].length;
  if (length >= min && length <= max) return undefined;
  return min === 0 ? `must be at most ${max} characters` : `must be ${min} to ${max} characters`;
}

/** A count or lifetime in whole units from `min` to `max`, or null. */
export function rangeFault(value: number | null, min: number, max: number): string | undefined {
  if (value === null || (Number.isInteger(value) && value >= min && value <= max)) return undefined;
  return `must be an integer from ${min} to ${max}`;
}

/** Duplicates in a list that means a set. */
export function duplicateFault(entries: readonly string[]): string | undefined {
  return new Set(entries).size === entries.length ? undefined : 'must not contain duplicates';
}

/** What is wrong among findings of which some are none, each text once. */
export function faultsOf(findings: readonly (string | false | undefined)[]): readonly string[] {
  return [...new Set(findings.filter((finding) => typeof finding === 'string'))];
}

/** The entries of a list that the change adds. A reference that has died since is not a fault of the next change. */
export function added<Entry extends string>(
  now: readonly Entry[],
  before: readonly Entry[] | null | undefined,
): readonly Entry[] {
  return now.filter((entry) => !before?.includes(entry));
}

/** The kebab-case of a field, for the names of rules that are made from a table of fields. */
export function toKebabCase(field: ClientField): string {
  return field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
