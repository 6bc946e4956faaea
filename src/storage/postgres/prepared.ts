import { createHash } from 'node:crypto';
import type { Query, SqlValue } from '../statement.ts';

/** What `pg` prepares once on each connection, and runs by its name from then on. */
export interface PreparedQuery {
  /** Of one text always the same, of two never; 45 octets of the 63 that a name may have. */
  readonly name: string;
  readonly text: string;
  readonly values: SqlValue[];
}

/** Makes what turns queries into prepared ones. Texts come from a closed set, so no name is ever forgotten. */
export function createPreparation(): (query: Query<unknown>) => PreparedQuery {
  const names = new Map<string, string>();

  const nameOf = (text: string): string => {
    const known = names.get(text);
    if (known !== undefined) return known;
    const name = `s_${createHash('sha256').update(text).digest('base64url')}`;
    names.set(text, name);
    return name;
  };

  return ({ text, parameters }) => ({ name: nameOf(text), text, values: parameters.map(storable) });
}

/** Text of PostgreSQL holds any character but NUL. Nothing that must be told apart has one, so it is replaced as UTF-8 replaces what it lacks. */
function storable(value: SqlValue): SqlValue {
  return typeof value === 'string' ? value.replaceAll('\0', '\ufffd') : value;
}
