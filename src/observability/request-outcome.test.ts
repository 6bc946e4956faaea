import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outcomeOf, statusClass } from './request-outcome.ts';

test('an outcome is told by whether the caller has waited, by the status, and then by the code', () => {
  const cases = [
    [{ status: 200 }, 'ok'],
    [{ status: 304 }, 'ok'],
    [{ status: 404, code: 'not_found' }, 'refused'],
    [{ status: 429, code: 'resource_exhausted' }, 'refused'],
    [{ status: 503, code: 'unavailable' }, 'failed'],
    [{ status: 200, code: 'permission_denied' }, 'refused'],
    [{ status: 200, code: 'internal' }, 'failed'],
    [{ status: 303, code: 'login_required' }, 'refused'],
    [{ status: 303, code: 'server_error' }, 'failed'],
    [{ status: 200, code: 'temporarily_unavailable' }, 'failed'],
    [{ status: 429, code: 'temporarily_unavailable' }, 'refused'],
    [{ status: 200, aborted: true }, 'aborted'],
    [{ status: 500, aborted: true }, 'aborted'],
  ] as const;
  for (const [answer, outcome] of cases) {
    const request = { route: '/route', method: 'POST', ...answer };
    assert.equal(outcomeOf(request), outcome, JSON.stringify(answer));
  }
});

test('a status is counted by its class, and one that is none is unknown', () => {
  assert.deepEqual([101, 204, 429, 503, 0, 999].map(statusClass), [
    '1xx',
    '2xx',
    '4xx',
    '5xx',
    'unknown',
    'unknown',
  ]);
});
