import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bootstrap } from '../fixtures/running-server.ts';
import { temporaryDirectory } from '../fixtures/temporary-directory.ts';
import { entriesOf, refusal, run, serve } from './server-process.ts';

test('all faults of the configuration are reported together, without a stack, and the server exits with 1', async (context) => {
  const folder = temporaryDirectory(context);
  const output = await refusal(
    run(context, folder, [], {
      PORT: '99999',
      CLIENTELE_ISSUER: 'https://auth.example/',
      CLIENTELE_MASTER_KEY: 'c2hvcnQ=',
      CLIENTELE_BOOTSTRAP_CLIENT_ID: 'bootstrap',
      CLIENTELE_ISUER: 'x',
      CLIENTELE_TLS_CERT: '/nowhere.pem',
      CLIENTELE_CONFIG: '/nowhere.yaml',
      DATABASE_URL: 'postgres://user:password-of-the-database@host',
    }),
  );
  const [line] = entriesOf(output);
  const faults = line?.['faults'] as readonly { readonly where: string }[];
  assert.deepEqual(
    new Set(faults.map(({ where }) => where)),
    new Set([
      'PORT',
      'CLIENTELE_ISSUER',
      'CLIENTELE_MASTER_KEY',
      'CLIENTELE_BOOTSTRAP_CLIENT_ID',
      'CLIENTELE_ISUER',
      'CLIENTELE_TLS_CERT',
      '/nowhere.yaml',
      'DATABASE_URL',
    ]),
  );
  assert.doesNotMatch(output, /password-of-the-database|c2hvcnQ=/);
  assert.equal(existsSync(join(folder, 'data')), false);
});

test('an issuer is spelled in one way: a trailing slash, query, upper case or plain http is a fault', async (context) => {
  const folder = temporaryDirectory(context);
  const wrong = [
    'https://auth.example/',
    'https://auth.example/a/',
    'https://AUTH.example',
    'https://auth.example?a',
    'http://auth.example',
  ];
  const programs = wrong.map((CLIENTELE_ISSUER) => run(context, folder, [], { CLIENTELE_ISSUER }));
  for (const program of programs) assert.match(await refusal(program), /CLIENTELE_ISSUER/);
  const { program, port } = await serve(context, folder, { CLIENTELE_ISSUER: 'https://auth.example/tenant' });
  const metadata = await fetch(`http://127.0.0.1:${port}/.well-known/oauth-authorization-server/tenant`);
  assert.equal(((await metadata.json()) as { issuer: string }).issuer, 'https://auth.example/tenant');
  program.child.kill('SIGTERM');
  await program.exit;
});

test('a client that the file declares and the registry refuses is named, without a stack', async (context) => {
  const folder = temporaryDirectory(context);
  const path = join(folder, 'clientele.json');
  writeFileSync(
    path,
    JSON.stringify({ clients: [{ id: bootstrap.id, redirectUris: ['javascript:alert(1)'] }] }),
  );
  const output = await refusal(run(context, folder, [], { CLIENTELE_CONFIG: path }));
  assert.match(output, new RegExp(`client ${bootstrap.id}`));
});
