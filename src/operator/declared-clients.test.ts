import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { openTestRegistry } from '../../test/fixtures/open-registry.ts';
import { auditOf } from '../../test/storage-suite/harness.ts';
import { operator } from '../clients/policy.ts';
import type { ClientDeclaration } from '../config/declarations.ts';
import type { JsonObject } from '../kernel/encoding.ts';
import { silentLogger } from '../kernel/logger.ts';
import { createAppliedDeclarations } from './applied-declarations.ts';
import { declareClients } from './declared-clients.ts';

const request = { actor: operator, face: 'cli', requestId: 'test' } as const;
const [a, b, c] = ['a', 'b', 'c'].map((letter) => `0198c0de-0000-7000-8000-00000000000${letter}`) as [
  string,
  string,
  string,
];

function aDeclaration(id: string, fields: JsonObject = {}, secret: string | null = null): ClientDeclaration {
  return { id, secret, secretHash: null, fields };
}

async function open(context: Parameters<typeof openTestRegistry>[0]) {
  const opened = await openTestRegistry(context);
  const { registry, accounts, secretKeeper } = opened;
  const applied = createAppliedDeclarations({ settings: opened.storage.stores.settings, secretKeeper });
  const accountIdOf = async (reference: string) => (await accounts.findByUsername(reference))?.id;
  return {
    ...opened,
    declare: (...declarations: readonly ClientDeclaration[]) =>
      declareClients({ registry, applied, accountIdOf, logger: silentLogger }, declarations),
    get: (id: string) => registry.get({ ...request, id }),
  };
}

test('a declared client is created as declared, with its secret and without an owner', async (context) => {
  const { declare, get, registry } = await open(context);
  await declare(aDeclaration(a, { name: 'Shop', grantTypes: ['client_credentials'] }, 'secret of the file'));
  const { name, grantTypes, ownerId, revision } = await get(a);
  assert.deepEqual([name, grantTypes, ownerId, revision], ['Shop', ['client_credentials'], null, 1]);
  assert.equal((await registry.readSecret({ ...request, id: a })).secret, 'secret of the file');
});

test('declaring the same again writes nothing', async (context) => {
  const { declare, get, storage } = await open(context);
  const declarations = [
    aDeclaration(a, { name: 'Shop', allowedDelegators: [b] }, 'secret of the file'),
    aDeclaration(b, { tokenEndpointAuthMethods: ['client_secret_post', 'client_secret_basic'] }),
  ];
  await declare(...declarations);
  const before = [await get(a), await get(b)];
  const entries = async () => [await auditOf(storage, a), await auditOf(storage, b)];
  const audited = await entries();
  await declare(...declarations);
  assert.deepEqual([await get(a), await get(b)], before);
  assert.deepEqual(await entries(), audited);
});

test('a changed declaration changes what it names, and keeps what it leaves out', async (context) => {
  const { declare, get, registry } = await open(context);
  await declare(aDeclaration(a, { name: 'Shop', description: 'Sells' }, 'secret of the file'));
  await registry.update({ ...request, id: a, patch: () => ({ redirectUris: ['https://shop.example/cb'] }) });
  await declare(aDeclaration(a, { name: 'Store', description: null }, 'another of the file'));
  const { name, description, redirectUris, revision } = await get(a);
  assert.deepEqual(
    [name, description, redirectUris, revision],
    ['Store', null, ['https://shop.example/cb'], 3],
  );
  assert.equal((await registry.readSecret({ ...request, id: a })).secret, 'another of the file');
});

test('a secret that is added to the declaration of a public client is set', async (context) => {
  const { declare, registry } = await open(context);
  await declare(aDeclaration(a, { tokenEndpointAuthMethods: ['none'] }));
  await declare(aDeclaration(a, { tokenEndpointAuthMethods: ['none'] }, 'secret of the file'));
  assert.equal((await registry.readSecret({ ...request, id: a })).secret, 'secret of the file');
});

for (const order of [
  [0, 1, 2],
  [2, 1, 0],
  [1, 2, 0],
]) {
  test(`delegators may be declared in any order, and name one another: ${order}`, async (context) => {
    const { declare, get } = await open(context);
    const circle = [
      aDeclaration(a, { allowedDelegators: [b] }),
      aDeclaration(b, { allowedDelegators: [c] }),
      aDeclaration(c, { allowedDelegators: [a, b] }),
    ];
    await declare(...order.flatMap((index) => circle[index] ?? []));
    const delegators = [];
    for (const id of [a, b, c]) delegators.push((await get(id)).allowedDelegators);
    assert.deepEqual(delegators, [[b], [c], [a, b]]);
  });
}

test('the user name of a lent account is resolved to its id', async (context) => {
  const { declare, get, accounts } = await open(context);
  const [declared] = await accounts.declare([
    { id: null, username: 'alice', credential: null, administrator: false, disabled: false },
  ]);
  await declare(aDeclaration(a, { clientCredentialsSubject: 'alice' }));
  assert.equal((await get(a)).clientCredentialsSubject, declared?.account.id);
  await declare(aDeclaration(a, { clientCredentialsSubject: null }));
  assert.equal((await get(a)).clientCredentialsSubject, null);
});

test('the faults of all clients are reported together, and the clients without one are in force', async (context) => {
  const { declare, get, registry } = await open(context);
  const [d, e] = [a.replace(/a$/, 'd'), a.replace(/a$/, 'e')];
  const failed = declare(
    aDeclaration(a, { colour: 'red', name: 7 }),
    aDeclaration(b, { redirectUris: ['http://shop.example'], clientCredentialsSubject: 'nobody' }),
    aDeclaration(c, { name: 'Good' }, 'secret of the file'),
    aDeclaration(d, { allowedDelegators: [a, d] }),
    aDeclaration(e, {}, 'short'),
  );
  await assert.rejects(failed, ({ message }: Error) => {
    const lines = message.split('\n');
    for (const id of [a, b, d, e])
      assert.ok(
        lines.some((line) => line.includes(`client ${id}: `)),
        id,
      );
    for (const part of ['colour: is not a field', 'name: ', 'redirectUris: must', 'Subject: does not']) {
      assert.ok(message.includes(part), part);
    }
    return true;
  });
  assert.equal((await get(c)).name, 'Good');
  assert.deepEqual(
    (await registry.list(request)).map(({ id }) => id),
    [c, d],
  );
  assert.deepEqual((await get(d)).allowedDelegators, []);
});

test('a declared hash is what the client begins with, and does not come back once it was replaced', async (context) => {
  const { declare, registry, storage } = await open(context);
  const digest = `{SHA256}${createHash('sha256').update('kept elsewhere').digest('base64')}`;
  const declaration = { ...aDeclaration(a), secretHash: digest };
  await declare(declaration);
  const [imported] = (await storage.stores.clients.load(a))?.secrets ?? [];
  assert.deepEqual(imported?.verifier, { algorithm: 'imported', digest });
  await assert.rejects(registry.readSecret({ ...request, id: a }), { code: 'secret_not_kept' });

  await registry.replaceSecrets({ ...request, id: a, secret: 'generate' });
  await declare(declaration);
  const secrets = (await storage.stores.clients.load(a))?.secrets ?? [];
  assert.deepEqual(
    secrets.map(({ verifier }) => verifier.algorithm),
    ['hmac-sha256'],
  );
});

test('a declared hash of an unknown form is a fault of its client', async (context) => {
  const { declare } = await open(context);
  await assert.rejects(
    declare({ ...aDeclaration(a), secretHash: 'secret' }),
    new RegExp(`client ${a}: secret:? is none of`),
  );
});

test('what another face has changed stays, and only what changes in the file is applied', async (context) => {
  const { declare, get, registry } = await open(context);
  await declare(aDeclaration(a, { name: 'Shop', description: 'Sells' }, 'secret of the file'));
  await registry.update({ ...request, id: a, patch: () => ({ name: 'Store' }) });
  const { secret } = await registry.replaceSecrets({ ...request, id: a, secret: 'generate' });

  await declare(aDeclaration(a, { name: 'Shop', description: 'Sells' }, 'secret of the file'));
  assert.deepEqual([(await get(a)).name, (await get(a)).revision], ['Store', 2]);
  assert.equal((await registry.readSecret({ ...request, id: a })).secret, secret);

  await declare(aDeclaration(a, { name: 'Shop', description: 'Sells more' }, 'another secret of the file'));
  assert.deepEqual([(await get(a)).name, (await get(a)).description], ['Store', 'Sells more']);
  assert.equal((await registry.readSecret({ ...request, id: a })).secret, 'another secret of the file');
});

test('a declared client that was deleted through another face stays deleted', async (context) => {
  const { declare, registry } = await open(context);
  for (const declaration of [aDeclaration(a, { name: 'Shop' }, 'secret of the file'), aDeclaration(b)]) {
    await declare(declaration);
    await registry.remove({ ...request, id: declaration.id });
    await declare(declaration);
    await declare({ ...declaration, fields: { name: 'New' } });
  }
  assert.deepEqual(await registry.list(request), []);
});
