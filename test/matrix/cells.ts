import type { Client } from '../../src/clients/client.ts';
import type { ClientPatch } from '../../src/clients/patch.ts';
import type { Parameters } from '../fixtures/relying-party.ts';
import { type Column, columns } from './columns.ts';

/** What is seen of an answer: its outcome, and the facts of what it brought. */
export type Sighting = Readonly<Record<string, string>>;

/** In a cell: why the rule does not concern the column. What is seen there is what is seen of every client. */
export interface Unconcerned {
  readonly because: string;
}

/**
 * What a rule does in a column. A text: the outcome, and nothing else is seen. Facts with an outcome: all that is seen. Facts without:
 * what differs from what is seen of every client; `absent` for what is missing.
 */
export type Cell = string | Sighting | Unconcerned;

/** How a change is made: a patch of the record, or what is no field of it. */
export type Change = ClientPatch | 'delete' | 'disable, and enable again' | 'renew the secret';

/** How the client proves itself after the change. Default: `secret`, by HTTP Basic. */
export type Proof = 'secret' | 'wrong secret' | 'nothing' | 'assertion';

/** A rule, a change of it while a person is on the way, and what comes of it with the next request. */
export interface Row {
  /** The field of the record, or what the rule is about. */
  readonly rule: keyof Client | 'secrets' | 'deletion';
  readonly change: Change;
  /** What is different about the client before the change. */
  readonly before?: ClientPatch;
  /** What is different about the request for authorization; null leaves a parameter out. */
  readonly request?: Parameters;
  readonly proof?: Proof;
  /** Every column, once. */
  readonly cells: readonly (readonly [Column | readonly Column[], Cell])[];
}

/** The row as it is called in a failure. */
export function titleOf({ rule, change, before, proof }: Row): string {
  const words = [rule, JSON.stringify(change), before && `after ${JSON.stringify(before)}`, proof];
  return words.filter(Boolean).join(', ');
}

/** The cell of each column; a column that has none, or more than one, is a fault. */
export function cellsOf(row: Row): {
  readonly cells: ReadonlyMap<Column, Cell>;
  readonly faults: readonly string[];
} {
  const cells = new Map<Column, Cell>();
  const faults: string[] = [];
  for (const [named, cell] of row.cells) {
    for (const column of typeof named === 'string' ? [named] : named) {
      if (cells.has(column)) faults.push(`${titleOf(row)}: "${column}" is decided twice`);
      cells.set(column, cell);
    }
  }
  const missing = columns.filter((column) => !cells.has(column));
  return { cells, faults: [...faults, ...missing.map((column) => `${titleOf(row)}: "${column}" is open`)] };
}

/** What must be seen in a column. */
export function expectedOf(cell: Cell, usual: Sighting): Sighting {
  if (typeof cell === 'string') return { outcome: cell };
  if ('because' in cell) return usual;
  if ('outcome' in cell) return cell;
  const facts = Object.entries({ ...usual, ...cell });
  return Object.fromEntries(facts.filter(([, fact]) => fact !== 'absent'));
}

/** Why a field has no row: what it decides is tried elsewhere, or nothing here looks at it. */
export type FieldsWithoutRows = Readonly<Partial<Record<keyof Client, string>>>;

/** Fields that nobody has decided about, and those that are decided in two ways. */
export function undecidedFields(
  fields: readonly string[],
  rows: readonly Pick<Row, 'rule'>[],
  withoutRows: FieldsWithoutRows,
): readonly string[] {
  const ruled = new Set<string>(rows.map(({ rule }) => rule));
  return fields.flatMap((field) => {
    if (ruled.has(field) === Object.hasOwn(withoutRows, field)) {
      return [
        `${field} has ${ruled.has(field) ? 'rows, and a reason for having none' : 'neither a row nor a reason'}`,
      ];
    }
    return [];
  });
}
