import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { declaring, inOneWorld, recordOf } from '../connect/world.ts';
import { startTestServer } from '../fixtures/running-server.ts';
import {
  builtIn,
  contentOf,
  dataOf,
  ec,
  errorsOf,
  listOf,
  open,
  openOn,
  outcomeOf,
  unknownId,
  type World,
} from './world.ts';

const all = '/api/identity-providers';
const taken = '422 {"name":["has already been taken"]}';
const inUse = '422 {"identity_provider":["is used by clients"]}';
const writeProtected = '403 FORBIDDEN The resource is write protected.';

const declared = { id: '7b0d4a3e-0a54-4c0e-8f43-1f1d0c1b9a11', name: 'Declared' } as const;
const openDeclaring = (context: TestContext) => open(context, { identityProviders: [declared] });

inOneWorld<World>('identity providers', openDeclaring, {
  'one is created, read, changed and deleted': async ({ call, createProvider }) => {
    const created = await createProvider('Staff');
    const { id, ...rest } = created;
    assert.deepEqual(rest, { name: 'Staff', type: 'internal' });
    const path = `${all}/${id}`;
    assert.deepEqual(dataOf(await call('GET', path)), created);
    // Those of one second are in order of their ids.
    const [first, ...others] = listOf(await call('GET', all));
    assert.deepEqual(first, { ...builtIn, type: 'internal' });
    assert.deepEqual(new Set(others), new Set([{ ...declared, type: 'internal' }, created]));
    const change = { name: 'Employees', type: 'internal', colour: 'red' };
    const changed = dataOf(await call('PUT', path, { identity_provider: change }));
    assert.deepEqual(changed, { ...created, name: 'Employees' });
    const deleted = await call('DELETE', path);
    assert.deepEqual([deleted.status, deleted.text], [204, '']);
    for (const method of ['GET', 'DELETE']) assert.equal((await call(method, path)).status, 404);
    assert.equal((await call('PUT', path, { identity_provider: { name: 'x' } })).status, 404);
  },
  'each field is judged on creation and on update, all together': async ({ call, createProvider }) => {
    const created = await createProvider('Limits');
    for (const [sent, errors] of [
      [{ name: null }, { name: ["can't be blank"] }],
      [{ name: ' ' }, { name: ["can't be blank"] }],
      [{ name: [] }, { name: ['is invalid'] }],
      [{ name: 'two\nlines' }, { name: ['must be one line'] }],
      [{ name: 'a\u200bb' }, { name: ['must not contain control or invisible characters'] }],
      [{ name: 'n'.repeat(256) }, { name: ['must be at most 255 characters'] }],
      [{ type: 'saml' }, { type: ['must be internal or oidc'] }],
      [{ type: null }, { type: ["can't be blank"] }],
      [{ type: 5 }, { type: ['is invalid'] }],
      [
        { name: '', type: 'saml', issuer: 'https://op.example' },
        {
          name: ["can't be blank"],
          type: ['must be internal or oidc'],
          issuer: ['is for the type oidc alone'],
        },
      ],
    ] as const) {
      const creation = await call('POST', all, { identity_provider: { name: 'Other', ...sent } });
      const update = await call('PUT', `${all}/${created.id}`, { identity_provider: sent });
      for (const answer of [creation, update]) {
        assert.deepEqual([sent, answer.status, errorsOf(answer)], [sent, 422, errors]);
      }
    }
    const blank = await call('POST', all, { identity_provider: {} });
    assert.equal(outcomeOf(blank), '422 {"name":["can\'t be blank"]}');
    assert.deepEqual(dataOf(await call('GET', `${all}/${created.id}`)), created);
    const long = { name: '🦊'.repeat(255) };
    assert.deepEqual(dataOf(await call('PUT', `${all}/${created.id}`, { identity_provider: long })), {
      ...created,
      ...long,
    });
  },
  'a body without the provider, and an id that is no UUID, are 400': async ({ call, createProvider }) => {
    const { id } = await createProvider('Form');
    for (const body of [{}, { identity_provider: null }, { identity_provider: 'x' }, { name: 'x' }, '[]']) {
      for (const [method, path] of [
        ['POST', all],
        ['PUT', `${all}/${id}`],
      ] as const) {
        const answer = await call(method, path, body);
        assert.deepEqual(
          [answer.status, Object.keys(errorsOf(answer) as object)],
          [400, ['identity_provider']],
        );
      }
    }
    const other = { id: unknownId, name: 'Other' };
    assert.equal(
      outcomeOf(await call('POST', all, { identity_provider: other })),
      '422 {"id":["is read-only"]}',
    );
    for (const [method, body] of [['GET'], ['PUT', { identity_provider: {} }], ['DELETE']] as const) {
      assert.equal(outcomeOf(await call(method, `${all}/abc`, body)), '400 {"id":["is invalid"]}');
      assert.equal((await call(method, `${all}/${unknownId}`, body)).status, 404);
    }
  },
  'the built-in one is shown and write protected': async ({ call }) => {
    const path = `${all}/${builtIn.id}`;
    assert.deepEqual(dataOf(await call('GET', path)), { ...builtIn, type: 'internal' });
    for (const name of ['Mine', '']) {
      assert.equal(outcomeOf(await call('PUT', path, { identity_provider: { name } })), writeProtected);
    }
    const same = await call('PUT', path, { identity_provider: { ...builtIn, type: 'internal' } });
    assert.deepEqual(dataOf(same), { ...builtIn, type: 'internal' });
    assert.equal((await call('DELETE', path)).status, 422);
  },
  'a declared one is shown and write protected, and so is its name': async ({ call, server }) => {
    const path = `${all}/${declared.id}`;
    const before = await contentOf({ server });
    assert.deepEqual(dataOf(await call('GET', path)), { ...declared, type: 'internal' });
    for (const name of ['Mine', '']) {
      assert.equal(outcomeOf(await call('PUT', path, { identity_provider: { name } })), writeProtected);
    }
    assert.equal(outcomeOf(await call('DELETE', path)), writeProtected);
    assert.equal(outcomeOf(await call('POST', all, { identity_provider: { name: declared.name } })), taken);
    assert.equal(await contentOf({ server }), before);
  },
  'a name is taken once': async ({ call, createProvider }) => {
    const created = await createProvider('Once');
    const other = await createProvider('Twice');
    for (const name of ['Once', builtIn.name]) {
      assert.equal(outcomeOf(await call('POST', all, { identity_provider: { name } })), taken);
      assert.equal(
        outcomeOf(await call('PUT', `${all}/${other.id}`, { identity_provider: { name } })),
        taken,
      );
    }
    const create = () => call('POST', all, { identity_provider: { name: 'Contested' } });
    const outcomes = (await Promise.all(Array.from({ length: 50 }, create))).map(outcomeOf).toSorted();
    assert.deepEqual(outcomes, [...Array(49).fill(taken), 'ok']);
    assert.deepEqual(
      dataOf(await call('PUT', `${all}/${created.id}`, { identity_provider: created })),
      created,
    );
  },
  'writing back what was read changes nothing': async ({ server, call, createProvider }) => {
    const created = await createProvider('Unchanged');
    const before = await contentOf({ server });
    await call('PUT', `${all}/${created.id}`, { identity_provider: created });
    assert.equal(await contentOf({ server }), before);
  },
  'one that a client names is not deleted, and goes once no client does': async (world) => {
    const provider = await world.createProvider('Used');
    const path = `${all}/${provider.id}`;
    const [first, second] = [await world.create({ identity_provider: provider }), await world.create()];
    assert.equal(outcomeOf(await world.call('DELETE', path)), inUse);
    await world.change(second.id, { identity_provider: provider });
    await world.change(first.id, { identity_provider: builtIn });
    assert.equal(outcomeOf(await world.call('DELETE', path)), inUse);
    await world.call('DELETE', `/api/clients/${second.id}`);
    assert.equal(outcomeOf(await world.call('DELETE', path)), 'ok');
    const late = await world.change(first.id, { identity_provider: provider });
    assert.equal(outcomeOf(late), '422 {"identity_provider_id":["does not exist"]}');
  },
  'a provider that is deleted while fifty clients take it leaves no client with a dead one': async (
    world,
  ) => {
    const { call, change, create, createProvider, server } = world;
    const clients = await Promise.all(Array.from({ length: 25 }, () => create()));
    let deletions = 0;
    for (let round = 0; round < 8; round++) {
      const provider = await createProvider(`Contested ${round}`);
      const remove = () => call('DELETE', `${all}/${provider.id}`);
      const early = round % 2 === 0 ? remove() : undefined;
      const take = clients.map(({ id }) => change(id, { identity_provider: provider }));
      const found = clients.map(() =>
        call('POST', '/api/clients', { client: { key_pair_type: ec, identity_provider: provider } }),
      );
      const deletion = early ?? take[round]?.then(remove);
      const answers = await Promise.all([...take, ...found]);
      const deleted = (await deletion)?.status === 204;
      deletions += deleted ? 1 : 0;
      for (const answer of answers) {
        const expected = deleted ? '422 {"identity_provider_id":["does not exist"]}' : 'ok';
        const outcome = outcomeOf(answer);
        assert.ok([expected, '422 {"identity_provider_id":["does not exist"]}'].includes(outcome), outcome);
      }
      for (const { id } of clients) {
        const { identityProviderId } = await recordOf(server, id);
        const { status } = await call('GET', `${all}/${identityProviderId}`);
        assert.equal(status, 200);
        await change(id, { identity_provider: builtIn });
      }
    }
    assert.ok(deletions > 0, 'no deletion came first');
  },
  'who did what is audited': async ({ server, call, createProvider }) => {
    const { id } = await createProvider('Watched');
    await call('PUT', `${all}/${id}`, { identity_provider: { name: 'Seen' } });
    await call('DELETE', `${all}/${id}`);
    const rows = await server.database.run(
      `select action, face, changes from audit_events where target_id = '${id}' order by id`,
    );
    assert.deepEqual(
      rows.map(({ action, face, changes }) => [action, face, JSON.parse(String(changes))[0]]),
      [
        ['identity-provider.created', 'clients-api', { field: 'name', before: null, after: 'Watched' }],
        ['identity-provider.updated', 'clients-api', { field: 'name', before: 'Watched', after: 'Seen' }],
        ['identity-provider.deleted', 'clients-api', { field: 'name', before: 'Seen', after: null }],
      ],
    );
  },
});

test('whoever registered the name that the operator declares later, the server starts, and clients keep their provider', async (context) => {
  const { server, create, createProvider } = await open(context);
  const registered = await createProvider(declared.name);
  const { id } = await create({ identity_provider: registered });
  await server.stop('the operator declares a provider');
  const env = declaring(context, { identityProviders: [declared] });
  const { dataDirectory } = server;
  const world = await openOn(await startTestServer(context, { dataDirectory, env }));
  const named = (await world.read(id))['identity_provider'] as typeof builtIn;
  assert.equal(named.id, registered.id);
  assert.match(named.name, /^Declared \([0-9a-f]{8}\)$/);
  assert.equal(dataOf(await world.call('GET', `${all}/${declared.id}`))['name'], declared.name);
});
