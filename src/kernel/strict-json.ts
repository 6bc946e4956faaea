import type { JsonValue } from './encoding.ts';

/** A text that is not JSON, or JSON that this server refuses. Names the place, never the content. */
export class StrictJsonError extends Error {
  override readonly name = 'StrictJsonError';
  /** Counted in UTF-16 code units from 0. */
  readonly offset: number;

  constructor(fault: string, text: string, offset: number) {
    super(`${fault} ${describePlace(text, offset)}`);
    this.offset = offset;
  }
}

function describePlace(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return `at line ${line}, column ${offset - before.lastIndexOf('\n')}`;
}

const space = /[ \t\n\r]*/y;
const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const literal = /true|false|null/y;
const literals: Readonly<Record<string, JsonValue>> = { true: true, false: false, null: null };

const quote = 0x22;
const backslash = 0x5c;
const firstPrintable = 0x20;

/** Far more than any request means; millions of empty values would hold everyone up while they are read. */
const mostValues = 200_000;

/**
 * Parses JSON (RFC 8259) as `JSON.parse` does, and refuses what two readers may understand differently: a
 * duplicate key, `__proto__` as a key, a lone surrogate, a number too large for a double, a byte order mark.
 *
 * Takes time linear in the length of `text`; arrays and objects nest at most `maxDepth` deep and hold at most 200,000 values.
 *
 * @throws StrictJsonError
 * @see RFC 8259 §4, RFC 7493 §2 (I-JSON)
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: its readers share one cursor
export function parseStrictJson(text: string, maxDepth = 32): JsonValue {
  let at = 0;
  let values = 0;

  const fail = (fault: string, offset = at): never => {
    throw new StrictJsonError(fault, text, offset);
  };

  const match = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? '';
    at += found.length;
    return found;
  };

  const take = (character: string): boolean => {
    if (text[at] !== character) return false;
    at += 1;
    match(space);
    return true;
  };

  const expect = (character: string): void => {
    if (!take(character)) fail(`"${character}" expected`);
  };

  const readString = (): string => {
    const start = at;
    let escaped = false;
    for (at += 1; text.charCodeAt(at) !== quote; at += 1) {
      if (!(text.charCodeAt(at) >= firstPrintable)) fail('unterminated string');
      if (text.charCodeAt(at) === backslash) {
        escaped = true;
        at += 1;
      }
    }
    at += 1;
    const value = escaped ? decodeEscapes(start) : text.slice(start + 1, at - 1);
    if (!value.isWellFormed()) fail('lone surrogate in the string', start);
    match(space);
    return value;
  };

  const decodeEscapes = (start: number): string => {
    try {
      return JSON.parse(text.slice(start, at)) as string;
    } catch {
      return fail('invalid escape in the string', start);
    }
  };

  const readNumber = (): number => {
    const start = at;
    const value = Number(match(number) || fail('value expected'));
    if (!Number.isFinite(value)) fail('number out of range', start);
    match(space);
    return value;
  };

  const readLiteral = (): JsonValue => {
    const value = literals[match(literal)];
    match(space);
    return value === undefined ? fail('value expected') : value;
  };

  const readArray = (depth: number): JsonValue => {
    const items: JsonValue[] = [];
    expect('[');
    if (take(']')) return items;
    do items.push(readValue(depth));
    while (take(','));
    expect(']');
    return items;
  };

  const readObject = (depth: number): JsonValue => {
    const members: Record<string, JsonValue> = {};
    expect('{');
    if (take('}')) return members;
    do readMember(members, depth);
    while (take(','));
    expect('}');
    return members;
  };

  const readMember = (members: Record<string, JsonValue>, depth: number): void => {
    const start = at;
    if (text[at] !== '"') fail('key expected');
    const key = readString();
    if (key === '__proto__') fail('forbidden key', start);
    if (Object.hasOwn(members, key)) fail('duplicate key', start);
    expect(':');
    members[key] = readValue(depth);
  };

  const readNested = (read: (depth: number) => JsonValue, depth: number): JsonValue =>
    depth < maxDepth ? read(depth + 1) : fail(`nesting deeper than ${maxDepth}`);

  const readers: Readonly<Record<string, (depth: number) => JsonValue>> = {
    '"': readString,
    '[': (depth) => readNested(readArray, depth),
    '{': (depth) => readNested(readObject, depth),
    t: readLiteral,
    f: readLiteral,
    n: readLiteral,
  };

  const readValue = (depth: number): JsonValue => {
    values += 1;
    if (values > mostValues) fail(`more than ${mostValues} values`);
    return (readers[text[at] ?? ''] ?? readNumber)(depth);
  };

  match(space);
  const value = readValue(0);
  if (at < text.length) fail('text after the value');
  return value;
}
