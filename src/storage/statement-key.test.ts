import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql as anotherSql } from 'kysely';
import type { BuildStatement } from './statement.ts';
import { keyOfStatement } from './statement-key.ts';

interface Args {
  readonly key: string;
  readonly value: string;
  readonly keys: readonly string[];
}

type Build = BuildStatement<Args, unknown>;

const update: Build = (db, args) =>
  db
    .updateTable('settings')
    .set({ value: args.value('value') })
    .where('key', '=', args.value('key'));

const exists =
  (of: 'inner' | 'outer'): Build =>
  (db) =>
    db
      .selectFrom('settings')
      .select('key')
      .where((outer) =>
        outer.exists(
          outer
            .selectFrom('settings as other')
            .select('other.key')
            .where((inner) => (of === 'inner' ? inner : outer)('value', '=', 'x')),
        ),
      );

/** No two of them are the same statement. */
const statements: readonly Build[] = [
  update,
  (db, args) =>
    db
      .updateTable('settings')
      .set(args.row(['value']))
      .where('value', '=', args.value('key')),
  (db, args) =>
    db
      .updateTable('settings')
      .set(args.row(['value']))
      .where('key', '<>', args.value('key')),
  (db, args) =>
    db
      .updateTable('settings')
      .set(args.row(['value']))
      .where('key', '=', args.value('value')),
  (db, args) =>
    db
      .updateTable('settings')
      .set(args.row(['value']))
      .where('key', '=', 'key'),
  (db, args) =>
    db
      .updateTable('settings')
      .set(args.row(['value']))
      .where('key', '=', ':key'),
  (db, args) =>
    db
      .updateTable('settings')
      .set(args.row(['key', 'value']))
      .where('key', '=', 'key'),
  (db, args) =>
    db
      .updateTable('settings')
      .set(args.row(['value', 'key']))
      .where('key', '=', 'key'),
  (db) => db.selectFrom('settings').select(['key', 'value']),
  (db) => db.selectFrom('settings').select(['value', 'key']),
  (db) => db.selectFrom('settings').select('key').select('value'),
  (db) => db.selectFrom('settings').select('key').limit(1),
  (db) => db.selectFrom('settings').select('key').limit(10),
  (db, args) => db.selectFrom('settings').select('key').where(args.in('settings.key', 'keys')),
  (db, args) => db.selectFrom('settings').select('key').where(args.in('settings.value', 'keys')),
  (db) => db.selectFrom('codes' as 'settings').select('key'),
  exists('inner'),
  exists('outer'),
  (db, { sql }) => ({ compile: () => sql`select ${sql.ref('key')} from settings`.compile(db) }),
  (db, { sql }) => ({ compile: () => sql`select ${'key'} from settings`.compile(db) }),
  (db, { sql }) => ({ compile: () => sql`select ${null} from settings`.compile(db) }),
  (db, { sql }) => ({ compile: () => sql`select ${'null'} from settings`.compile(db) }),
];

test('statements that are not the same have different keys', () => {
  assert.equal(new Set(statements.map(keyOfStatement)).size, statements.length);
});

test('statements that are the same have one key, wherever and however often they are built', () => {
  const same: Build = (db, { row, value }) =>
    db
      .updateTable('settings')
      .set(row(['value']))
      .where('key', '=', value('key'));
  assert.equal(keyOfStatement(same), keyOfStatement(update));
  for (const build of statements) assert.equal(keyOfStatement(build), keyOfStatement(build));
});

test('a statement that is built with something else than what its builder is given has no key', () => {
  const build: Build = (db) =>
    db.selectFrom('settings').select('key').where(anotherSql<boolean>`value is null`);
  assert.throws(() => keyOfStatement(build), TypeError);
});
