import { hash } from 'node:crypto';
import type { BuildStatement } from './statement.ts';

const path: unique symbol = Symbol('path');

/** Stands for Kysely and for all that it answers: whatever is called on it, it knows by what calls it was come by. */
interface Recorder {
  readonly [path]: string;
}

function isRecorder(value: unknown): value is Recorder {
  return typeof value === 'function' && path in value;
}

/**
 * The key of a statement: a digest of all that is called while it is built, and with what. Kysely is a function of that, so two statements of
 * one key have one text.
 */
export function keyOfStatement<Args, Row>(build: BuildStatement<Args, Row>): string {
  return hash('sha256', describeStatement(build), 'base64url');
}

function describeStatement<Args, Row>(build: BuildStatement<Args, Row>): string {
  const { record, describe } = createRecording();
  const value = (name: string) => record(`:${name}`);
  const parameters = {
    value,
    row: (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, value(name)])),
    in: record('in'),
    sql: record('sql'),
  };
  const recording = build as unknown as (db: unknown, parameters: unknown) => unknown;
  return describe(recording(record('db'), parameters));
}

/** What one statement is recorded with; what its callbacks are given is counted through. */
function createRecording() {
  let given = 0;

  const record = (text: string): Recorder =>
    new Proxy(
      Object.assign(() => {}, { [path]: text }),
      recording,
    );

  const recording: ProxyHandler<Recorder> = {
    get: (target, name) => (name === path ? target[path] : record(`${target[path]}.${String(name)}`)),
    apply: (target, _, values) => record(`${target[path]}(${values.map(describe).join()})`),
  };

  const describe = (value: unknown): string => {
    if (isRecorder(value)) return value[path];
    if (typeof value === 'function') return describeCallback(value as (argument: unknown) => unknown);
    if (Array.isArray(value)) return `[${value.map(describe).join()}]`;
    if (isPlainObject(value)) {
      const members = Object.entries(value).map(
        ([name, member]) => `${JSON.stringify(name)}:${describe(member)}`,
      );
      return `{${members.join()}}`;
    }
    // What is neither is of a class of Kysely's, and has no text that would tell it from others.
    if (typeof value === 'object' && value !== null)
      throw new TypeError('a statement was not built with what it was given');
    return typeof value === 'string' ? JSON.stringify(value) : String(value);
  };

  const describeCallback = (callback: (argument: unknown) => unknown): string => {
    given += 1;
    const name = `$${given}`;
    return `${name}=>${describe(callback(record(name)))}`;
  };

  return { record, describe };
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
