import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bootstrap } from '../fixtures/running-server.ts';
import { temporaryDirectory } from '../fixtures/temporary-directory.ts';
import { databaseOf } from '../fixtures/test-storage.ts';
import { freePort, shellEnvironment, start } from '../programs.ts';
import { chosen, entriesOf, requestToken, root, serve, stop } from './server-process.ts';

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

test('where the log can no longer be written, the server serves on, and stops as it should', {
  skip: !existsSync('/dev/full'),
}, async (context) => {
  const folder = temporaryDirectory(context);
  const port = await freePort();
  const command = `exec '${process.execPath}' '${join(root, 'src/cli/main.ts')}' > /dev/full`;
  const env = shellEnvironment({
    ...(await databaseOf(context, join(folder, 'data'), 'none')).settings,
    PORT: String(port),
    HOST: '127.0.0.1',
    CLIENTELE_DATA_DIR: join(folder, 'data'),
    ...chosen,
  });
  const program = start(context, ['sh', '-c', command], { cwd: folder, env });
  let ended = false;
  program.child.once('exit', () => {
    ended = true;
  });
  const request = (secret: string): Promise<boolean> =>
    requestToken(port, bootstrap.id, secret).then(
      ({ status }) => status < 500,
      () => false,
    );
  while (!ended && !(await request('wrong')));
  assert.ok(await request(bootstrap.secret));
  program.child.kill('SIGTERM');
  assert.deepEqual(await program.exit, { code: 0, signal: null }, program.output());
});
