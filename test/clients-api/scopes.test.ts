import assert from 'node:assert/strict';
import { inOneWorld, recordOf, register } from '../connect/world.ts';
import {
  contentOf,
  dataOf,
  errorsOf,
  listOf,
  open,
  outcomeOf,
  type Shown,
  type ShownClient,
  unknownId,
  type World,
} from './world.ts';

const all = '/api/scopes';
const declarations = {
  scopes: [{ name: 'declared', label: 'Declared', public: true }],
  applications: [
    {
      id: 'orders',
      name: 'Orders',
      audience: 'https://orders.example/',
      scopes: [{ name: 'orders:read', label: 'Read orders' }],
    },
  ],
};

const taken = '422 {"name":["has already been taken"]}';
const writeProtected = '403 FORBIDDEN The resource is write protected.';

const named = async ({ call }: World, name: string): Promise<Shown> =>
  listOf(await call('GET', all)).find((scope) => scope['name'] === name) ?? assert.fail(name);

/** A client that may ask for the private scopes that it is given, and its secret. */
const holder = (world: World, ...names: readonly string[]): Promise<ShownClient> =>
  world.create({ authorize_scope: true, authorized_scopes: names.map((name) => ({ name })) });

/** The scope of the token that a client gets when it asks for `scope`; otherwise the error. */
async function granted({ server }: World, client: ShownClient, scope: string): Promise<string> {
  const answer = await server.requestToken(client, { scope });
  const body = (await answer.json()) as { readonly scope?: string; readonly error?: string };
  return body.scope ?? body.error ?? '';
}

inOneWorld<World>('scopes', (context) => open(context, declarations), {
  'one is created, read, changed and deleted': async ({ call, createScope }) => {
    const created = await createScope({ name: 'reports', label: 'See reports', public: true });
    const { id, ...rest } = created;
    assert.deepEqual(rest, { name: 'reports', label: 'See reports', public: true });
    const path = `${all}/${id}`;
    assert.deepEqual(dataOf(await call('GET', path)), created);
    assert.deepEqual(dataOf(await call('GET', `${all}/${id.toUpperCase()}`)), created);
    assert.deepEqual(listOf(await call('GET', all)).at(-1), created);
    const changed = dataOf(await call('PUT', path, { scope: { label: null } }));
    assert.deepEqual(changed, { ...created, label: null });
    assert.deepEqual(dataOf(await call('PUT', path, { scope: { public: 'false' } })), {
      ...changed,
      public: false,
    });
    const deleted = await call('DELETE', path);
    assert.deepEqual([deleted.status, deleted.text], [204, '']);
    for (const method of ['GET', 'DELETE']) assert.equal((await call(method, path)).status, 404);
    assert.equal((await call('PUT', path, { scope: { name: 'x' } })).status, 404);
  },
  'a name alone is enough': async ({ createScope }) => {
    const { id: _, ...rest } = await createScope({ name: 'minimal', colour: 'red' });
    assert.deepEqual(rest, { name: 'minimal', label: null, public: false });
  },
  'each field is judged on creation and on update, all together': async ({ call, createScope }) => {
    const created = await createScope({ name: 'limits', label: 'Limits' });
    const long = { name: 's'.repeat(128), label: '🦊'.repeat(255) };
    for (const [sent, errors] of [
      [{ name: null }, { name: ["can't be blank"] }],
      [{ name: '' }, { name: ["can't be blank"] }],
      [{ name: 5 }, { name: ['is invalid'] }],
      ...['two words', '"', '\\', 'é', 'tab\t', '\u0000'].map(
        (name) => [{ name }, { name: ['is invalid'] }] as const,
      ),
      [{ name: `${long.name}s` }, { name: ['must be at most 128 characters'] }],
      [{ label: 5 }, { label: ['is invalid'] }],
      [{ label: 'two\nlines' }, { label: ['must be one line'] }],
      [{ label: 'a\u202eb' }, { label: ['must not contain control or invisible characters'] }],
      [{ label: `${long.label}🦊` }, { label: ['must be at most 255 characters'] }],
      [{ public: null }, { public: ["can't be blank"] }],
      [{ public: 'perhaps' }, { public: ['is invalid'] }],
      [
        { name: '', label: 5, public: 5 },
        { name: ["can't be blank"], label: ['is invalid'], public: ['is invalid'] },
      ],
    ] as const) {
      const creation = await call('POST', all, { scope: { name: 'other', ...sent } });
      const update = await call('PUT', `${all}/${created.id}`, { scope: sent });
      for (const answer of [creation, update]) {
        assert.deepEqual([sent, answer.status, errorsOf(answer)], [sent, 422, errors]);
      }
    }
    assert.equal(outcomeOf(await call('POST', all, { scope: {} })), '422 {"name":["can\'t be blank"]}');
    assert.deepEqual(dataOf(await call('GET', `${all}/${created.id}`)), created);
    assert.deepEqual(dataOf(await call('PUT', `${all}/${created.id}`, { scope: long })), {
      ...created,
      ...long,
    });
  },
  'a body without the scope, and an id that is no UUID, are 400': async ({ call }) => {
    for (const body of [{}, { scope: null }, { scope: [] }, { name: 'x' }, 'null']) {
      for (const [method, path] of [
        ['POST', all],
        ['PUT', `${all}/${unknownId}`],
      ] as const) {
        const answer = await call(method, path, body);
        assert.deepEqual([answer.status, Object.keys(errorsOf(answer) as object)], [400, ['scope']]);
      }
    }
    for (const [method, body] of [['GET'], ['PUT', { scope: {} }], ['DELETE']] as const) {
      assert.equal(outcomeOf(await call(method, `${all}/abc`, body)), '400 {"id":["is invalid"]}');
      assert.equal((await call(method, `${all}/${unknownId}`, body)).status, 404);
    }
  },
  'an id is made on creation, and taken back as it is': async ({ call, createScope }) => {
    const readOnly = '422 {"id":["is read-only"]}';
    assert.equal(outcomeOf(await call('POST', all, { scope: { id: unknownId, name: 'chosen' } })), readOnly);
    const created = await createScope({ id: null, name: 'made' });
    const path = `${all}/${created.id}`;
    assert.equal(outcomeOf(await call('PUT', path, { scope: { id: unknownId } })), readOnly);
    assert.deepEqual(dataOf(await call('PUT', path, { scope: { ...created } })), created);
  },
  'a name is taken once, by whomever': async (world) => {
    const { call, createScope } = world;
    const created = await createScope({ name: 'once' });
    const other = await createScope({ name: 'twice' });
    for (const name of ['once', 'openid', 'login', 'declared', 'orders:read']) {
      assert.equal(outcomeOf(await call('POST', all, { scope: { name } })), taken);
      assert.equal(
        outcomeOf(await call('PUT', `${all}/${other.id}`, { scope: { name, label: 'x' } })),
        taken,
      );
    }
    assert.deepEqual(dataOf(await call('GET', `${all}/${other.id}`)), other);
    assert.deepEqual(dataOf(await call('PUT', `${all}/${created.id}`, { scope: created })), created);
  },
  'names of management scopes, and those that a later version may give to one, are reserved': async (
    world,
  ) => {
    const { call, createScope } = world;
    const other = await createScope({ name: 'unreserved' });
    const reserved = '422 {"name":["is reserved"]}';
    for (const name of [
      'clients:manage:all',
      'a:b:manage:all',
      'oauth:x',
      'oauth:',
      'admin',
      'admin:users',
    ]) {
      assert.equal(outcomeOf(await call('POST', all, { scope: { name } })), reserved);
      assert.equal(outcomeOf(await call('PUT', `${all}/${other.id}`, { scope: { name } })), reserved);
    }
    for (const name of ['clients:manage:all:x', 'clients:manage', 'my-oauth:x', 'administrator', 'an:admin'])
      await createScope({ name });
    const { id } = await createScope({ name: 'to-be-reserved' });
    await world.server.database.run(`update scopes set name = 'admin:old' where id = '${id}'`);
    const labelled = await call('PUT', `${all}/${id}`, { scope: { name: 'admin:old', label: 'Old' } });
    assert.equal(dataOf(labelled)['label'], 'Old');
  },
  'built-in and declared ones are shown and write protected': async (world) => {
    for (const name of ['openid', 'admin', 'declared', 'orders:read']) {
      const scope = await named(world, name);
      const path = `${all}/${scope.id}`;
      assert.deepEqual(dataOf(await world.call('GET', path)), scope);
      assert.equal(outcomeOf(await world.call('PUT', path, { scope: { public: true } })), writeProtected);
      assert.equal(outcomeOf(await world.call('PUT', path, { scope: { name: '' } })), writeProtected);
      assert.equal(outcomeOf(await world.call('DELETE', path)), writeProtected);
      assert.deepEqual(await named(world, name), scope);
    }
  },
  'writing back what was read changes nothing': async ({ server, call, createScope }) => {
    const created = await createScope({ name: 'unchanged', label: 'L' });
    const before = await contentOf({ server });
    assert.deepEqual(dataOf(await call('PUT', `${all}/${created.id}`, { scope: created })), created);
    assert.equal(await contentOf({ server }), before);
  },
  'a deleted scope is in force no more at once, and a new one of its name is not the old clients’': async (
    world,
  ) => {
    const scope = await world.createScope({ name: 'reborn' });
    const client = await holder(world, 'reborn');
    assert.equal(await granted(world, client, 'reborn'), 'reborn');
    await world.call('DELETE', `${all}/${scope.id}`);
    assert.equal(await granted(world, client, 'reborn'), 'invalid_scope');
    assert.deepEqual((await recordOf(world.server, client.id)).authorizedScopes, []);
    await world.createScope({ name: 'reborn' });
    assert.equal(await granted(world, client, 'reborn'), 'invalid_scope');
  },
  'a renamed scope stays with its clients, in whichever list they have it': async (world) => {
    const scope = await world.createScope({ name: 'old-name' });
    const client = await holder(world, 'old-name', 'backend');
    const allowed = await register(world.server, { allowedScopes: ['openid', 'old-name'] });
    await world.call('PUT', `${all}/${scope.id}`, { scope: { name: 'new-name' } });
    assert.equal(await granted(world, client, 'new-name'), 'new-name');
    assert.equal(await granted(world, client, 'old-name'), 'invalid_scope');
    assert.deepEqual((await recordOf(world.server, client.id)).authorizedScopes, ['new-name', 'backend']);
    assert.deepEqual((await recordOf(world.server, allowed.id)).allowedScopes, ['openid', 'new-name']);
    const shown = (await world.read(client.id))['authorized_scopes'] as readonly Shown[];
    assert.deepEqual(shown.map(({ id, name }) => [id, name])[0], [scope.id, 'new-name']);
  },
  'a scope that takes a name which old records still have is not theirs': async (world) => {
    const left = await world.createScope({ name: 'left-behind' });
    const client = await holder(world, 'left-behind');
    await world.server.database.run(`delete from scopes where id = '${left.id}'`);
    await world.server.database.run(`update revisions set revision = revision + 1 where name = 'scopes'`);
    assert.deepEqual((await recordOf(world.server, client.id)).authorizedScopes, ['left-behind']);
    const scope = await world.createScope({ name: 'successor' });
    await world.call('PUT', `${all}/${scope.id}`, { scope: { name: 'left-behind' } });
    assert.deepEqual((await recordOf(world.server, client.id)).authorizedScopes, []);
    assert.equal(await granted(world, client, 'left-behind'), 'invalid_scope');
  },
  'public: every client may ask for it, and no more once it is private': async (world) => {
    const scope = await world.createScope({ name: 'open' });
    const client = await world.create();
    for (const isPublic of [false, true, false]) {
      await world.call('PUT', `${all}/${scope.id}`, { scope: { public: isPublic } });
      assert.equal(await granted(world, client, 'open'), isPublic ? 'open' : 'invalid_scope');
    }
  },
  'internal clients lose a scope that is deleted as well': async (world) => {
    const scope = await world.createScope({ name: 'inner' });
    const { id } = await register(world.server, { allowedScopes: ['inner'], internal: true });
    await world.call('DELETE', `${all}/${scope.id}`);
    assert.deepEqual((await recordOf(world.server, id)).allowedScopes, []);
  },
  'of fifty parallel creations of one name one succeeds': async ({ call }) => {
    const create = () => call('POST', all, { scope: { name: 'contested' } });
    const answers = await Promise.all(Array.from({ length: 50 }, create));
    const outcomes = answers.map(outcomeOf).toSorted();
    assert.deepEqual(outcomes, [...Array(49).fill(taken), 'ok']);
  },
  'parallel changes of different fields are all applied, and of renamings one by one': async (world) => {
    const { call, createScope } = world;
    const scope = await createScope({ name: 'shared' });
    const client = await holder(world, 'shared');
    const put = (change: object) => call('PUT', `${all}/${scope.id}`, { scope: change });
    const changes = Array.from({ length: 16 }, (_, index) => [
      put({ label: 'Label' }),
      put({ public: true }),
      put({ name: `shared-${index}` }),
    ]);
    for (const answer of await Promise.all(changes.flat())) assert.equal(answer.status, 200, answer.text);
    const after = dataOf(await call('GET', `${all}/${scope.id}`));
    assert.deepEqual([after['label'], after['public']], ['Label', true]);
    assert.deepEqual((await recordOf(world.server, client.id)).authorizedScopes, [after['name']]);
  },
  'a change and a deletion that meet end in one of the two': async ({ call, createScope, server }) => {
    for (let round = 0; round < 10; round++) {
      const { id } = await createScope({ name: `meeting-${round}` });
      const [changed, deleted] = await Promise.all([
        call('PUT', `${all}/${id}`, { scope: { name: `met-${round}` } }),
        call('DELETE', `${all}/${id}`),
      ]);
      assert.ok([200, 404].includes(changed.status), changed.text);
      assert.equal(deleted.status, 204);
      assert.deepEqual(await server.database.run(`select id from scopes where id = '${id}'`), []);
    }
  },
  'who did what is audited': async ({ server, call, createScope }) => {
    const { id } = await createScope({ name: 'watched' });
    await call('PUT', `${all}/${id}`, { scope: { label: 'Watched' } });
    await call('DELETE', `${all}/${id}`);
    const rows = await server.database.run(
      `select action, actor, face, changes from audit_events where target_id = '${id}' order by id`,
    );
    assert.deepEqual(
      rows.map(({ action, face, changes }) => [action, face, JSON.parse(String(changes))]),
      [
        [
          'scope.created',
          'clients-api',
          [
            { field: 'name', before: null, after: 'watched' },
            { field: 'public', before: null, after: false },
          ],
        ],
        ['scope.updated', 'clients-api', [{ field: 'label', before: null, after: 'Watched' }]],
        [
          'scope.deleted',
          'clients-api',
          [
            { field: 'name', before: 'watched', after: null },
            { field: 'label', before: 'Watched', after: null },
            { field: 'public', before: false, after: null },
          ],
        ],
      ],
    );
    assert.ok(rows.every(({ actor }) => actor === server.declared.bootstrapClientId));
  },
});
