import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bootstrap } from '../fixtures/running-server.ts';
import { temporaryDirectory } from '../fixtures/temporary-directory.ts';
import { chosen, entriesOf, requestToken, serve, stop } from './server-process.ts';

test('the log is JSON lines, and a request is found in it by the id in its answer', async (context) => {
  const serving = await serve(context, temporaryDirectory(context), chosen);
  const refused = await requestToken(serving.port, bootstrap.id, 'wrong');
  const id = refused.headers.get('x-request-id');
  assert.ok(id);
  await stop(serving);
  const entries = entriesOf(serving.program.output());
  const found = entries.filter(({ requestId }) => requestId === id);
  assert.deepEqual(found.map(({ message }) => message).sort(), ['a request was refused', 'request']);
  for (const { level, time, message } of entries)
    assert.ok([level, time, message].every((part) => typeof part === 'string'));
});
