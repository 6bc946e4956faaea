import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { decodeJwt } from 'jose';
import { startTestServer } from './fixtures/running-server.ts';
import { temporaryDirectory } from './fixtures/temporary-directory.ts';

const repository = join(import.meta.dirname, '..');

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
      CLIENTELE_CONFIG: join(repository, 'examples/clientele.yaml'),
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
