import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestRegistry, type TestRegistry } from '../../test/fixtures/open-registry.ts';
import { aClient, anAuditEvent, aScope, changed } from '../../test/fixtures/storage-entries.ts';
import { auditOf, insertClient } from '../../test/storage-suite/harness.ts';
import type { Face } from '../kernel/audit.ts';
import { isUuid } from '../kernel/random.ts';
import type { Client } from './client.ts';
import { RegistryError } from './errors.ts';
import type { ClientPatch } from './patch.ts';
import { type Actor, operator } from './policy.ts';
import { isGeneratedSecret } from './secret-text.ts';

const request = { actor: operator, face: 'native' as Face, requestId: 'request-1' };
const chosen = 'a secret that somebody chose';

const administrator: Actor = {
  subject: 'administrator',
  scopes: new Set(),
  administrator: true,
  administers: new Set(),
  operator: false,
};

async function createShop({ registry }: Pick<TestRegistry, 'registry'>): Promise<string> {
  const { client } = await registry.create({
    ...request,
    patch: () => ({ name: 'Shop' }),
    secret: 'generate',
  });
  return client.id;
}

/** A registry that loses: what `write` was called for in its patch function is stored before its own write is. */
function openBehindAnotherNode({ openOver, storage }: TestRegistry) {
  const { clients } = storage.stores;
  let written: Promise<unknown> = Promise.resolve();
  return {
    registry: openOver({ ...clients, update: (entry) => written.then(() => clients.update(entry)) }),
    write: (current: Client, description: string): void => {
      const client = changed(current, { description });
      written = clients.update({ client, audit: anAuditEvent(current.id) });
    },
  };
}

async function actionsOn(opened: TestRegistry, id: string): Promise<readonly string[]> {
  return (await auditOf(opened.storage, id)).map(({ action }) => action);
}

test('a created client is at revision 1, owned by its creator, and has the defaults for what was not set', async (context) => {
  const { registry, clock } = await openTestRegistry(context);
  const { client, secret } = await registry.create({
    ...request,
    actor: administrator,
    patch: () => ({ name: 'Shop' }),
  });
  assert.equal(secret, null);
  assert.ok(isUuid(client.id));
  assert.equal(client.revision, 1);
  assert.equal(client.ownerId, 'administrator');
  assert.equal(client.pkceRequired, true);
  assert.deepEqual([client.createdAt, client.updatedAt], [clock.now(), clock.now()]);
  assert.deepEqual(await registry.get({ ...request, id: client.id }), client);
});

test('an update adds one to the revision and moves updatedAt, which never goes back', async (context) => {
  const opened = await openTestRegistry(context);
  const { registry, clock } = opened;
  const id = await createShop(opened);
  const created = clock.now();
  clock.advance(60);
  const second = await registry.update({ ...request, id, patch: () => ({ name: 'Store' }) });
  assert.deepEqual([second.revision, second.createdAt, second.updatedAt], [2, created, created + 60]);
  clock.advance(-120);
  const third = await registry.update({ ...request, id, patch: () => ({ name: 'Market' }) });
  assert.deepEqual([third.revision, third.updatedAt], [3, created + 60]);
});

test('an update that changes nothing writes nothing', async (context) => {
  const opened = await openTestRegistry(context);
  const { registry, clock } = opened;
  const id = await createShop(opened);
  const before = await registry.get({ ...request, id });
  clock.advance(60);
  const patches = [
    {},
    { name: 'Shop' },
    { description: null, redirectUris: null },
    {
      tokenEndpointAuthMethods: ['client_secret_basic', 'client_secret_post', 'client_secret_basic'] as const,
    },
  ];
  for (const patch of patches) {
    assert.deepEqual(await registry.update({ ...request, id, patch: () => patch }), before);
  }
  assert.deepEqual(await registry.get({ ...request, id }), before);
  assert.deepEqual(await actionsOn(opened, id), ['client.created']);
});

test('a record that a newer rule would refuse is still accepted back, and refused once it changes', async (context) => {
  const { registry, storage } = await openTestRegistry(context);
  const client = aClient({ accessTokenTtl: 1_000_000 });
  await insertClient(storage, client);
  const same = await registry.update({ ...request, id: client.id, patch: (current) => ({ ...current }) });
  assert.deepEqual(same, client);
  await assert.rejects(registry.update({ ...request, id: client.id, patch: () => ({ name: 'Shop' }) }), {
    code: 'invalid',
  });
});

test('a client that was set to a MAC can be changed, and disabled, where secrets are kept no more', async (context) => {
  const opened = await openTestRegistry(context);
  const macs = {
    idTokenSignatureAlg: 'HS256',
    userinfoSignedResponseAlg: 'HS512',
    tokenEndpointAuthMethods: ['client_secret_jwt'],
    tokenEndpointJwtAuthAlg: 'HS256',
  } as const;
  const { client } = await opened.registry.create({ ...request, patch: () => macs, secret: 'generate' });
  const hashed = opened.openAnother('hashed');
  const update = (patch: ClientPatch) => hashed.update({ ...request, id: client.id, patch: () => patch });
  assert.equal((await update({ enabled: false })).enabled, false);
  for (const patch of [
    { idTokenSignatureAlg: 'HS384' },
    { userinfoSignedResponseAlg: 'HS384' },
    { tokenEndpointJwtAuthAlg: 'HS384' },
  ] as const) {
    await assert.rejects(update(patch), { code: 'invalid' });
  }
  await update({ idTokenSignatureAlg: 'RS256', tokenEndpointAuthMethods: ['client_secret_basic'] });
  await assert.rejects(update({ idTokenSignatureAlg: 'HS256' }), { code: 'invalid' });
  await assert.rejects(update({ tokenEndpointAuthMethods: ['client_secret_jwt'] }), { code: 'invalid' });
});

test('every call that names another revision than the current one is a conflict and changes nothing', async (context) => {
  const opened = await openTestRegistry(context);
  const { registry } = opened;
  const id = await createShop(opened);
  await registry.update({ ...request, id, patch: () => ({ name: 'Store' }) });
  for (const ifRevision of [0, 1, 3]) {
    const stale = { ...request, id, ifRevision };
    await assert.rejects(registry.get(stale), { code: 'conflict' });
    await assert.rejects(registry.update({ ...stale, patch: () => ({ name: 'x' }) }), { code: 'conflict' });
    await assert.rejects(registry.remove(stale), { code: 'conflict' });
    await assert.rejects(registry.replaceSecrets({ ...stale, secret: 'generate' }), { code: 'conflict' });
    await assert.rejects(registry.readSecret(stale), { code: 'conflict' });
  }
  assert.equal((await registry.get({ ...request, id, ifRevision: 2 })).name, 'Store');
  assert.deepEqual(await actionsOn(opened, id), ['client.created', 'client.updated']);
});

// against: administration/writers
test('of two writers that name the same revision one is applied and the other gets a conflict', async (context) => {
  const opened = await openTestRegistry(context);
  const id = await createShop(opened);
  const nodes = [opened.registry, opened.openAnother(), opened.registry];
  const outcomes = await Promise.allSettled(
    nodes.map((node, index) =>
      node.update({ ...request, id, ifRevision: 1, patch: () => ({ name: `Shop ${index}` }) }),
    ),
  );
  const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []));
  assert.deepEqual(refused, ['conflict', 'conflict']);
  assert.equal((await opened.registry.get({ ...request, id })).revision, 2);
});

test('a patch is asked for anew when another node wrote in between, and sees what that node wrote', async (context) => {
  const opened = await openTestRegistry(context);
  const id = await createShop(opened);
  const { registry, write } = openBehindAnotherNode(opened);
  const seen: string[] = [];
  const client = await registry.update({
    ...request,
    id,
    patch: (current) => {
      if (seen.length === 0) write(current, 'by another node');
      seen.push(`${current.revision} ${current.description}`);
      return { name: 'Store' };
    },
  });
  assert.deepEqual(seen, ['1 null', '2 by another node']);
  assert.deepEqual([client.name, client.description, client.revision], ['Store', 'by another node', 3]);
  assert.deepEqual(await registry.get({ ...request, id }), client);
  assert.equal((await actionsOn(opened, id)).length, 3);
});

test('a caller that loses to other nodes again and again is told so, and changes nothing', async (context) => {
  const opened = await openTestRegistry(context);
  const id = await createShop(opened);
  const { registry, write } = openBehindAnotherNode(opened);
  let tries = 0;
  const patch = (current: Client) => {
    write(current, `${++tries}`);
    return { name: 'Store' };
  };
  await assert.rejects(registry.update({ ...request, id, patch }), { code: 'contended' });
  const client = await registry.get({ ...request, id });
  assert.deepEqual([client.name, client.revision], ['Shop', tries + 1]);
  assert.equal((await registry.update({ ...request, id, patch: () => ({ name: 'Store' }) })).name, 'Store');
});

// against: administration/writers
test('fifty parallel updates on each of two nodes are all applied, each one revision and one audit entry', async (context) => {
  const opened = await openTestRegistry(context);
  const id = await createShop(opened);
  const nodes = [opened.registry, opened.openAnother()];
  let asked = 0;
  const count = (current: { readonly accessTokenTtl: number | null }) => {
    asked++;
    return { accessTokenTtl: (current.accessTokenTtl ?? 0) + 1 };
  };
  await Promise.all(
    nodes.flatMap((node) => Array.from({ length: 50 }, () => node.update({ ...request, id, patch: count }))),
  );
  const client = await opened.registry.get({ ...request, id });
  assert.deepEqual([client.accessTokenTtl, client.revision], [100, 101]);
  assert.ok(asked > 100, 'the nodes raced, so some patches were asked for again');
  const steps = (await auditOf(opened.storage, id)).slice(1).map(({ changes }) => JSON.parse(changes)[0]);
  assert.deepEqual(
    steps.map(({ after }) => after),
    Array.from({ length: 100 }, (_, index) => index + 1),
  );
});

test('an audit entry says who, when, through which face, in which request, and each field before and after', async (context) => {
  const opened = await openTestRegistry(context);
  const { registry, clock, storage } = opened;
  const id = await createShop(opened);
  clock.advance(5);
  await registry.update({
    id,
    actor: administrator,
    face: 'connect',
    requestId: 'request-2',
    patch: () => ({ name: 'Store', redirectUris: ['https://shop.example/cb'], enabled: true }),
  });
  const [created, updated] = await auditOf(storage, id);
  assert.deepEqual(JSON.parse(created?.changes ?? ''), [{ field: 'name', before: null, after: 'Shop' }]);
  assert.deepEqual(
    { ...updated, changes: JSON.parse(updated?.changes ?? '') },
    {
      id: updated?.id,
      at: clock.now(),
      action: 'client.updated',
      target_id: id,
      actor: 'administrator',
      face: 'connect',
      request_id: 'request-2',
      changes: [
        { field: 'name', before: 'Shop', after: 'Store' },
        { field: 'redirectUris', before: [], after: ['https://shop.example/cb'] },
      ],
    },
  );
});

test('disabling a client ends the tokens that were issued until then, and enabling it does not revive them', async (context) => {
  const opened = await openTestRegistry(context);
  const { registry, clock } = opened;
  const id = await createShop(opened);
  const enable = async (enabled: boolean) =>
    (await registry.update({ ...request, id, patch: () => ({ enabled }) })).tokensValidFrom;
  const start = clock.now();
  assert.equal(await enable(true), null);
  assert.equal(await enable(false), start + 1);
  clock.advance(60);
  assert.equal(await enable(true), start + 1);
  assert.equal(await enable(false), start + 61);
  clock.advance(-60);
  assert.equal(await enable(true), start + 61);
  assert.equal(await enable(false), start + 62, 'a clock that was set back revives nothing');
  assert.equal(await enable(true), start + 62);
  assert.equal(await enable(false), start + 63, 'nor is what was issued between two in one second');
});

test('a refused change leaves no trace', async (context) => {
  const opened = await openTestRegistry(context);
  const { registry } = opened;
  const id = await createShop(opened);
  const patch = () => ({ name: 'a\u202eb', redirectUris: ['javascript:alert(1)'], accessTokenTtl: 0 });
  await assert.rejects(registry.update({ ...request, id, patch }), (error) => {
    assert.ok(error instanceof RegistryError);
    assert.deepEqual(
      error.violations.map(({ field }) => field),
      ['name', 'redirectUris', 'accessTokenTtl'],
    );
    return true;
  });
  await assert.rejects(registry.create({ ...request, patch }), { code: 'invalid' });
  assert.equal((await registry.list(request)).length, 1);
  assert.deepEqual(await actionsOn(opened, id), ['client.created']);
});

test('a deleted client is gone, and its id is never usable again', async (context) => {
  const opened = await openTestRegistry(context);
  const { registry } = opened;
  const id = await createShop(opened);
  await registry.remove({ ...request, id });
  await assert.rejects(registry.get({ ...request, id }), { code: 'not_found' });
  await assert.rejects(registry.remove({ ...request, id }), { code: 'not_found' });
  await assert.rejects(registry.update({ ...request, id, patch: () => ({}) }), { code: 'not_found' });
  await assert.rejects(registry.create({ ...request, id, patch: () => ({}) }), (error) => {
    assert.ok(error instanceof RegistryError);
    assert.deepEqual(error.violations, [
      { rule: 'id-was-never-used', field: 'id', message: 'has already been taken' },
    ]);
    return true;
  });
  assert.deepEqual(await registry.findPublic([id]), []);
  assert.deepEqual(await actionsOn(opened, id), ['client.created', 'client.deleted']);
});

test('a client cannot be made with the id of an account, of another client, or with none that is a UUID', async (context) => {
  const opened = await openTestRegistry(context);
  const { registry, accounts } = opened;
  const { account } = await accounts.ensureAdministrator({ username: 'admin', password: 'password' });
  const taken = await createShop(opened);
  for (const id of [account.id, taken, taken.toUpperCase(), 'shop', '']) {
    await assert.rejects(registry.create({ ...request, id, patch: () => ({}) }), { code: 'invalid' }, id);
  }
  assert.equal((await registry.list(request)).length, 1);
});

// against: administration/secrets
test('neither the database nor the audit log holds a secret in clear, or a verifier in an audit entry', async (context) => {
  const opened = await openTestRegistry(context);
  const { registry, storage, database } = opened;
  const made = await registry.create({ ...request, patch: () => ({ name: 'Shop' }), secret: 'generate' });
  const { id } = made.client;
  const secrets = [made.secret ?? ''];
  await registry.readSecret({ ...request, id });
  secrets.push((await registry.replaceSecrets({ ...request, id, secret: 'generate' })).secret ?? '');
  await registry.replaceSecrets({ ...request, id, secret: { chosen } });
  secrets.push(chosen);
  const stored = await storage.stores.clients.load(id);
  const [{ verifier, sealed } = assert.fail('there is no secret')] = stored?.secrets ?? [];
  assert.ok(sealed);
  const audited = JSON.stringify(await auditOf(storage, id));
  for (const text of [...secrets, verifier.digest, sealed]) assert.ok(!audited.includes(text));
  const octets = await database.atRest();
  assert.ok(octets.includes(verifier.digest), 'the search sees what is stored');
  for (const text of secrets) {
    assert.ok(isGeneratedSecret(text) || text === chosen);
    assert.ok(!octets.includes(text));
    assert.ok(!octets.includes(Buffer.from(text).toString('base64url')));
    assert.ok(!octets.includes(Buffer.from(text).toString('hex')));
  }
});

test('a scope takes another name in every record that names it, and none in those of deleted clients', async (context) => {
  const { registry, storage } = await openTestRegistry(context);
  for (const name of ['reports', 'exports']) {
    await storage.stores.scopes.insert(aScope(name), anAuditEvent(name, 'scope.created'));
  }
  const { client: named } = await registry.create({
    ...request,
    patch: () => ({ allowedScopes: ['openid', 'reports'], authorizedScopes: ['reports'], internal: true }),
  });
  const { client: open } = await registry.create({ ...request, patch: () => ({}) });
  const caller = { ...request, actor: administrator };
  await registry.renameScope(caller, 'reports', 'exports');
  const renamed = await registry.get({ ...request, id: named.id });
  assert.deepEqual([renamed.allowedScopes, renamed.authorizedScopes], [['openid', 'exports'], ['exports']]);
  assert.equal((await registry.get({ ...request, id: open.id })).revision, 1);
  await registry.renameScope(caller, 'exports', null);
  const emptied = await registry.get({ ...request, id: named.id });
  assert.deepEqual([emptied.allowedScopes, emptied.authorizedScopes], [['openid'], []]);
});

test('a provider that goes while a client takes it is refused, and nothing is stored', async (context) => {
  const { openOver, identityProviders, storage } = await openTestRegistry(context);
  const audit = () => anAuditEvent('provider');
  const provider = await identityProviders.create({ name: 'Corporate', type: 'internal' }, audit);
  assert.ok(typeof provider === 'object');
  const registry = openOver({
    ...storage.stores.clients,
    insert: async (entry) => {
      await identityProviders.delete(provider.id, audit);
      return storage.stores.clients.insert(entry);
    },
  });
  const patch = () => ({ identityProviderId: provider.id });
  await assert.rejects(registry.create({ ...request, patch }), {
    code: 'invalid',
    violations: [
      { rule: 'identity-provider-id-exists', field: 'identityProviderId', message: 'does not exist' },
    ],
  });
  assert.deepEqual(await registry.list(request), []);
});
