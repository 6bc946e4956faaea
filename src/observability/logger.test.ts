import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogLevel } from '../kernel/log-level.ts';
import { errorFacts } from './error-facts.ts';
import { createLogger } from './logger.ts';

function collectLines(level: LogLevel = 'info') {
  const lines: string[] = [];
  const logger = createLogger({ level, destination: { write: (line) => lines.push(line) } });
  return { logger, lines };
}

test('an entry is one JSON line with its level by name and its time in RFC 3339', () => {
  const { logger, lines } = collectLines();
  logger.info({ clientId: 'a' }, 'something happened');
  assert.equal(lines.length, 1);
  const { time, ...entry } = JSON.parse(lines[0] ?? '');
  assert.deepEqual(entry, { level: 'info', clientId: 'a', message: 'something happened' });
  assert.match(time, /^\d{4}-\d\d-\d\dT.*Z$/);
});

test('entries below the level are not written', () => {
  const { logger, lines } = collectLines('warn');
  logger.info({}, 'quiet');
  logger.warn({}, 'loud');
  assert.equal(lines.length, 1);
});

test('values under the names of secrets are never written', () => {
  const { logger, lines } = collectLines();
  logger.info(
    { authorization: 'one', headers: { cookie: 'two', 'set-cookie': 'three' }, password: 'four' },
    'x',
  );
  assert.doesNotMatch(lines.join(), /one|two|three|four/);
});

test('an error is written with its causes and stack, and without the secrets in its message', () => {
  const { logger, lines } = collectLines();
  const cause = new RangeError('inner');
  logger.error({ error: new Error('failed for cls_dGhpcyBpcyBhIHNlY3JldA', { cause }) }, 'x');
  const { error } = JSON.parse(lines[0] ?? '');
  assert.equal(error.message, 'failed for [redacted]');
  assert.match(error.stack, /logger\.test/);
  assert.equal(error.causes[0].type, 'RangeError');
  assert.doesNotMatch(lines.join(), /cls_/);
});

test('a chain of causes that returns to itself ends', () => {
  const error = new Error('loop');
  error.cause = error;
  assert.equal(errorFacts(error).causes?.length, 8);
});

test('a thrown value that is no error is described', () => {
  assert.deepEqual(errorFacts('text'), { type: 'string', message: 'text' });
});
