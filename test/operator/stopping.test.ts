import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { parseAnswer } from '../fixtures/raw-http.ts';
import { bootstrap } from '../fixtures/running-server.ts';
import { temporaryDirectory } from '../fixtures/temporary-directory.ts';
import { chosen, entry, serve } from './server-process.ts';

test('SIGTERM lets a request whose body is still coming finish, ends idle connections, and exits with 0', async (context) => {
  const { program, port } = await serve(context, temporaryDirectory(context), chosen);
  const mute = connect(port, '127.0.0.1');
  await once(mute, 'connect');
  const muteClosed = once(mute, 'close');
  const upload = connect(port, '127.0.0.1');
  const body = 'grant_type=client_credentials&scope=login';
  upload.write(
    'POST /oauth/token HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\ncontent-type: application/x-www-form-urlencoded\r\n' +
      `authorization: Basic ${btoa(`${bootstrap.id}:${bootstrap.secret}`)}\r\ncontent-length: ${body.length}\r\n\r\n`,
  );
  const [proceed] = await once(upload, 'data');
  assert.match(String(proceed), /^HTTP\/1.1 100/);
  upload.write(body.slice(0, 10));
  program.child.kill('SIGTERM');
  await entry(program, 'stopping: running requests may finish');
  await muteClosed;
  upload.write(body.slice(10));
  const answer = parseAnswer(await text(upload));
  assert.equal(answer.status, 200);
  assert.match(answer.body, /access_token/);
  assert.deepEqual(await program.exit, { code: 0, signal: null });
});

test('a second signal ends the process at once', async (context) => {
  const { program, port } = await serve(context, temporaryDirectory(context), chosen);
  const upload = connect(port, '127.0.0.1');
  upload.on('error', () => {});
  upload.write(
    'POST /oauth/token HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\n' +
      'content-type: application/x-www-form-urlencoded\r\ncontent-length: 10\r\n\r\n',
  );
  await once(upload, 'data');
  program.child.kill('SIGTERM');
  await entry(program, 'stopping: running requests may finish');
  program.child.kill('SIGINT');
  assert.deepEqual(await program.exit, { code: 1, signal: null });
});
