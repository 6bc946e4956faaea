import { batchPerTick } from '../../kernel/tick-batch.ts';
import type { Engine } from '../engine.ts';
import type { Statement } from '../statement.ts';

/** The argument of a statement that finds rows by their keys. */
export interface Keys {
  readonly keys: readonly string[];
}

/** Makes what finds one value by its key: calls of one tick share one read. */
export function findPerTick<Row, Value>(
  { read, noteReads }: Pick<Engine, 'read' | 'noteReads'>,
  statement: Statement<Keys, Row>,
  entryOf: (row: Row) => readonly [key: string, value: Value],
): (key: string) => Promise<Value | undefined> {
  return batchPerTick(async (keys: readonly string[]) => {
    const found = new Map((await read(statement({ keys }))).map(entryOf));
    return keys.map((key) => found.get(key));
  }, noteReads);
}
