import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { createEnding } from './fixtures/teardown.ts';
import { freePort, shellEnvironment, start, untilReady } from './programs.ts';

const place = { cwd: import.meta.dirname, env: shellEnvironment() };
const runOf = (script: string) => [process.execPath, '--eval', script] as const;

test('a program has ended when the test that started it has', async () => {
  const ending = createEnding();
  const { child } = start(ending, runOf('setInterval(() => {}, 1000)'), place);
  await once(child, 'spawn');
  await ending[Symbol.asyncDispose]();
  assert.equal(child.signalCode, 'SIGKILL');
});

test('a server that is not ready when it has written its last line is asked again', async (context) => {
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    response.writeHead(asked < 5 ? 503 : 200, { connection: 'close' }).end();
  });
  await once(server.listen(0, 'localhost'), 'listening');
  context.after(() => server.close());
  const program = start(context, runOf("console.log('ready'); setInterval(() => {}, 1000)"), place);
  await untilReady(program, (server.address() as AddressInfo).port);
  assert.equal(asked, 5);
});

test('a port that a test chooses is none that the system gives away', async () => {
  assert.ok((await freePort()) < 32_768);
});
