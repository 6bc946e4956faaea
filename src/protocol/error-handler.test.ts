import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fastify } from 'fastify';
import { silentLogger } from '../kernel/logger.ts';
import { TooManyRequestsError } from '../kernel/request-limits.ts';
import { createErrorHandler } from './error-handler.ts';
import { OAuthError, type OAuthErrorCode } from './errors.ts';

/** What an error comes to: the answer, and the level and facts of the line in the log. */
async function handle(error: Error) {
  const lines: (readonly [level: string, facts: Readonly<Record<string, unknown>>])[] = [];
  const at = (level: string) => (facts: object) => lines.push([level, { ...facts }]);
  const logger = { ...silentLogger, info: at('info'), warn: at('warn'), error: at('error') };
  const app = fastify();
  app.setErrorHandler(createErrorHandler(logger));
  app.get('/', () => Promise.reject(error));
  const answer = await app.inject('/');
  const [[level, facts] = assert.fail('nothing was logged'), ...more] = lines;
  assert.deepEqual(more, []);
  return { answer, level, facts };
}

const detail = 'what the caller may not know';

for (const [code, status, level] of [
  ['invalid_request', 400, 'info'],
  ['invalid_client', 401, 'info'],
  ['temporarily_unavailable', 503, 'warn'],
  ['server_error', 500, 'error'],
] as const satisfies readonly (readonly [OAuthErrorCode, number, string])[]) {
  test(`${code} is answered with ${status} and logged as ${level}, with its detail`, async () => {
    const error = new OAuthError(code, 'No.', { detail, cause: new Error('a cause') });
    const { answer, ...logged } = await handle(error);
    assert.equal(answer.statusCode, status);
    assert.deepEqual(answer.json(), { error: code, error_description: 'No.' });
    assert.equal(logged.level, level);
    assert.ok(logged.facts['detail'] === detail || logged.facts['error'] === error);
  });
}

test('too many requests are 429 and not the operator’s worry; the log alone tells which limit it was', async () => {
  const { answer, level, facts } = await handle(new TooManyRequestsError('rateLimits.token.perAddress', 7));
  assert.deepEqual([answer.statusCode, answer.headers['retry-after']], [429, '7']);
  assert.equal(answer.json().error, 'temporarily_unavailable');
  assert.ok(!answer.body.includes('rateLimits'));
  assert.equal(level, 'info');
  assert.match(String(facts['detail']), /rateLimits\.token\.perAddress/);
});

test('whatever else is thrown is a fault of the server, and tells nothing', async () => {
  const fault = new Error(detail);
  const { answer, level, facts } = await handle(fault);
  assert.equal(answer.statusCode, 500);
  assert.ok(!answer.body.includes(detail));
  assert.deepEqual([level, facts['error']], ['error', fault]);
});
