import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { decodeJwt } from 'jose';
import { createPerson } from './fixtures/person.ts';
import { startTestServer } from './fixtures/running-server.ts';
import { temporaryDirectory } from './fixtures/temporary-directory.ts';

const repository = join(import.meta.dirname, '..');
const example = join(repository, 'examples/clientele.yaml');

/** The shell blocks of the README under a heading, as printed. */
function shellBlocksUnder(heading: string): readonly string[] {
  const readme = readFileSync(join(repository, 'README.md'), 'utf8');
  const section = readme.split(/^## /m).find((part) => part.startsWith(heading)) ?? '';
  return [...section.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block);
}

test('the curls of the README create a client, change it, and show the change at the token endpoint', async (context) => {
  const workingDirectory = temporaryDirectory(context);
  const dataDirectory = join(workingDirectory, 'data');
  mkdirSync(dataDirectory, { mode: 0o700 });
  const server = await startTestServer(context, {
    dataDirectory,
    env: {
      CLIENTELE_CONFIG: example,
      CLIENTELE_BOOTSTRAP_CLIENT_ID: undefined,
      CLIENTELE_BOOTSTRAP_CLIENT_SECRET: undefined,
    },
  });
  const [start, ...curls] = shellBlocksUnder('A first client');
  assert.match(start ?? '', /npm start/);
  assert.equal(curls.length, 4);
  const script = curls.join('\n').replaceAll('localhost:8080', server.issuer);
  const { stdout } = await promisify(execFile)('sh', ['-eu', '-c', script], {
    cwd: workingDirectory,
    env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH']}` },
  });
  const answers = stdout
    .replaceAll('}{', '}\n{')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(answers[0].Client.name, 'Invoice robot');
  assert.equal(answers[1].client.applicationBindings[0].applicationId, 'billing');
  assert.equal(decodeJwt(answers[2].access_token).aud, 'https://billing.example');
  assert.equal(answers[2].scope, 'invoices:read');
});

test('the example of the README signs somebody in', async (context) => {
  const server = await startTestServer(context, { env: { CLIENTELE_CONFIG: example } });
  const [command = ''] = shellBlocksUnder('Signing somebody in');
  assert.equal(command, 'node examples/sign-in.mjs\n');
  const app = spawn(process.execPath, ['examples/sign-in.mjs', server.issuer], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface(app.stdout)[Symbol.asyncIterator]();
  const { value: invitation } = await lines.next();
  const person = createPerson({ issuer: server.issuer });
  await person.open(String(invitation).replace('Open ', ''));
  await person.signIn({ username: 'admin', password: 'password-of-the-tests' });
  const { client } = await person.allow();
  assert.ok(client);
  const arrived = await fetch(`${client.redirectUri}?${client.parameters}`);
  assert.equal(await arrived.text(), 'You are signed in. You can close this window.');
  const { value: outcome } = await lines.next();
  await once(app, 'exit');
  const { person: shown, scope, refresh } = JSON.parse(String(outcome));
  assert.equal(shown.preferred_username, 'admin');
  assert.deepEqual([scope, refresh], ['openid profile email offline_access', true]);
});
