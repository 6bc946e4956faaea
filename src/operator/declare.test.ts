import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openTestRegistry, type TestRegistry } from '../../test/fixtures/open-registry.ts';
import { readConfiguration } from '../config/configuration.ts';
import type { Environment } from '../config/environment.ts';
import { silentLogger } from '../kernel/logger.ts';
import { credentialsFileName } from './credentials-file.ts';
import { declareEverything } from './declare.ts';

const issuer = 'http://localhost:8080';
const bootstrapId = '5f0c2f6e-3a53-4a5e-9a51-0d6f5b1c7e01';

function declareWith(opened: TestRegistry, env: Environment = {}) {
  const { registry, accounts, secretKeeper, storage, dataDirectory } = opened;
  const configuration = readConfiguration({
    env: { CLIENTELE_DATA_DIR: dataDirectory, ...env },
    readFile: readFileSync,
  });
  return declareEverything({
    configuration,
    issuer,
    accounts,
    registry,
    secretKeeper,
    logger: silentLogger,
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
