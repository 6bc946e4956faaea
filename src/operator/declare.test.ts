import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openTestRegistry, type TestRegistry } from '../../test/fixtures/open-registry.ts';
import { builtInScopes } from '../applications/scope.ts';
import { createScopes } from '../applications/scopes.ts';
import { readConfiguration } from '../config/configuration.ts';
import type { Environment } from '../config/environment.ts';
import { type Logger, silentLogger } from '../kernel/logger.ts';
import { createEndings } from '../protocol/logout/endings.ts';
import { credentialsFileName } from './credentials-file.ts';
import { declareEverything } from './declare.ts';

const issuer = 'http://localhost:8080';
const bootstrapId = '5f0c2f6e-3a53-4a5e-9a51-0d6f5b1c7e01';

function declareWith(opened: TestRegistry, env: Environment = {}, logger: Logger = silentLogger) {
  const { storage, dataDirectory } = opened;
  const configuration = readConfiguration({
    env: { CLIENTELE_DATA_DIR: dataDirectory, ...env },
    readFile: readFileSync,
  });
  return declareEverything({
    ...opened,
    configuration,
    issuer,
    logger,
    endings: createEndings({ ...opened, store: storage.stores.endings, wake: () => {} }),
    scopes: createScopes({ store: storage.stores.scopes, fixed: builtInScopes }),
    settings: storage.stores.settings,
  });
}

async function openWithFile(context: TestContext, text: string) {
  const opened = await openTestRegistry(context);
  const file = join(opened.dataDirectory, 'clientele.yaml');
  writeFileSync(file, text);
  return { ...opened, env: { CLIENTELE_CONFIG: file, CLIENTELE_BOOTSTRAP_CLIENT_ID: bootstrapId } };
}

test('what the first start generates is in the credentials file, and the second start generates nothing', async (context) => {
  const opened = await openTestRegistry(context);
  const { bootstrapClientId, generated } = await declareWith(opened);
  const file = readFileSync(join(opened.dataDirectory, credentialsFileName), 'utf8');
  assert.deepEqual(JSON.parse(file), generated);
  assert.deepEqual(Object.keys(generated ?? {}).toSorted(), [
    'adminPassword',
    'adminUsername',
    'clientId',
    'clientSecret',
    'issuer',
  ]);
  assert.equal(generated?.clientId, bootstrapClientId);
  assert.deepEqual(await declareWith(opened), { bootstrapClientId, generated: null });
});

test('what the operator chooses is written to no file', async (context) => {
  const opened = await openTestRegistry(context);
  const env = {
    CLIENTELE_BOOTSTRAP_CLIENT_ID: bootstrapId,
    CLIENTELE_BOOTSTRAP_CLIENT_SECRET: 'chosen by the operator',
    CLIENTELE_ADMIN_PASSWORD: 'the password',
  };
  assert.deepEqual(await declareWith(opened, env), { bootstrapClientId: bootstrapId, generated: null });
  assert.throws(() => readFileSync(join(opened.dataDirectory, credentialsFileName)), { code: 'ENOENT' });
});

test('an unknown account in a declared client is a fault of that client', async (context) => {
  const text = `clients: [{ id: ${bootstrapId.replace(/1$/, '2')}, clientCredentialsSubject: nobody }]`;
  const opened = await openWithFile(context, text);
  await assert.rejects(
    declareWith(opened, opened.env),
    /client 5f.*: clientCredentialsSubject: does not exist/,
  );
});

test('the bootstrap client cannot be declared, nor its id be chosen for it when it is another client’s', async (context) => {
  const opened = await openTestRegistry(context);
  const { bootstrapClientId } = await declareWith(opened);
  const file = join(opened.dataDirectory, 'clientele.yaml');
  const env = { CLIENTELE_CONFIG: file };
  writeFileSync(file, `clients: [{ id: ${bootstrapClientId}, name: Mine }]`);
  await assert.rejects(declareWith(opened, env), /is the bootstrap client, which cannot be declared/);
  writeFileSync(file, `clients: [{ id: ${bootstrapId}, name: Mine }]`);
  await declareWith(opened, env);
  const chosen = { CLIENTELE_BOOTSTRAP_CLIENT_ID: bootstrapId };
  await assert.rejects(declareWith(opened, chosen), /the id is another client's/);
});

test('a declared identity provider is there for the clients of the file, and changes with it', async (context) => {
  const id = '7b0d4a3e-0a54-4c0e-8f43-1f1d0c1b9a11';
  const provider = (name: string) => `identityProviders: [{ id: ${id}, name: ${name} }]\n`;
  const client = `clients: [{ id: ${bootstrapId.replace('5', '6')}, identityProviderId: ${id} }]\n`;
  const opened = await openWithFile(context, provider('Corporate') + client);
  await declareWith(opened, opened.env);
  const listed = async () => (await opened.identityProviders.current()).find(id);
  assert.deepEqual(await listed(), { id, name: 'Corporate', type: 'internal' });
  writeFileSync(opened.env.CLIENTELE_CONFIG, provider('Staff') + client);
  await declareWith(opened, opened.env);
  assert.equal((await listed())?.name, 'Staff');
});

test('a declared identity provider gets a name that another one has, and the operator is told who had it', async (context) => {
  const [id, former] = ['7b0d4a3e-0a54-4c0e-8f43-1f1d0c1b9a11', '8b0d4a3e-0a54-4c0e-8f43-1f1d0c1b9a11'];
  const file = (...ids: readonly string[]) =>
    `identityProviders:\n${ids.map((each, index) => `  - { id: ${each}, name: Staff ${index} }\n`).join('')}`;
  const opened = await openWithFile(context, file(former));
  const warnings: object[] = [];
  const logger = { ...silentLogger, warn: (facts: object) => warnings.push(facts) };
  await declareWith(opened, opened.env, logger);
  writeFileSync(opened.env.CLIENTELE_CONFIG, file(id));
  await declareWith(opened, opened.env, logger);
  const { find } = await opened.identityProviders.current();
  const name = find(former)?.name ?? '';
  assert.match(name, /^Staff 0 \([0-9a-f]{8}\)$/);
  assert.equal(find(id)?.name, 'Staff 0');
  assert.deepEqual(warnings, [{ identityProviderId: former, name, declared: 'Staff 0' }]);
  // Those of one file may change places without anybody being warned.
  writeFileSync(opened.env.CLIENTELE_CONFIG, file(former, id));
  await declareWith(opened, opened.env, logger);
  assert.equal((await opened.identityProviders.current()).find(former)?.name, 'Staff 0');
  assert.equal(warnings.length, 1);
});
