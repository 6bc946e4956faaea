import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { UnavailableError } from '../../kernel/unavailable.ts';
import { asUnavailable } from './unavailable.ts';

function errorOf(...statements: readonly string[]): unknown {
  const database = new DatabaseSync(':memory:');
  try {
    for (const statement of statements) database.exec(statement);
  } catch (error) {
    return error;
  } finally {
    database.close();
  }
  return undefined;
}

test('a database without room is out of reach, and says so in the log', () => {
  const full = errorOf('pragma max_page_count = 2', 'create table a (b)', 'create table c (d)');
  const error = asUnavailable(full);
  assert.ok(error instanceof UnavailableError);
  assert.equal(error.cause, full);
  assert.match(error.message, /full/);
});

test('a statement that is wrong is a bug', () => {
  for (const statement of ['select', 'select * from nothing']) {
    const error = errorOf(statement);
    assert.ok(error instanceof Error);
    assert.equal(asUnavailable(error), error);
  }
  const other = new TypeError('a bug');
  assert.equal(asUnavailable(other), other);
});
