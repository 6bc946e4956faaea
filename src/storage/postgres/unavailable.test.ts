import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DatabaseError } from 'pg';
import { UnavailableError } from '../../kernel/unavailable.ts';
import { asUnavailable } from './unavailable.ts';

function databaseError(code: string): DatabaseError {
  return Object.assign(new DatabaseError('a text', 0, 'error'), { code });
}

test('a server that cannot at present, and a way to it that is lost, are out of reach', () => {
  const connection = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  const errors = [
    ...['28000', '53100', '53300', '57014', '57P01', '58030', '08006', '25006', '55P03', '40P01'].map(
      databaseError,
    ),
    new Error('Query read timeout'),
    connection,
  ];
  for (const error of errors) {
    const found = asUnavailable(error);
    assert.ok(found instanceof UnavailableError, String(error));
    assert.equal(found.cause, error);
  }
});

test('a statement that is wrong, and a mistake in the program, are bugs', () => {
  for (const error of [
    databaseError('42P01'),
    databaseError('23505'),
    databaseError('22P02'),
    new TypeError('a bug'),
  ]) {
    assert.equal(asUnavailable(error), error);
  }
});
