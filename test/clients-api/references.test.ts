import assert from 'node:assert/strict';
import { asOperator, inOneWorld, recordOf, register } from '../connect/world.ts';
import { builtIn, dataOf, ec, listOf, open, outcomeOf, unknownId, type World } from './world.ts';

const declarations = {
  scopes: [
    { name: 'reports', label: 'Reports', public: true },
    { name: 'payroll', label: 'Payroll' },
  ],
};

const providerBlank = '422 {"identity_provider_id":["can\'t be blank"]}';
const providerInvalid = '422 {"identity_provider_id":["is invalid"]}';
const unknownScope = '422 {"authorized_scopes":["names a scope that does not exist"]}';
const badEntry = '422 {"authorized_scopes":["has an invalid entry"]}';

inOneWorld<World>('the identity provider of a client', (context) => open(context, declarations), {
  'is needed on creation, and must exist': async ({ call }) => {
    const rows = [
      [undefined, providerBlank],
      [null, providerBlank],
      [{}, providerBlank],
      [{ id: null }, providerBlank],
      [{ name: builtIn.name }, providerBlank],
      [builtIn.id, providerInvalid],
      [[builtIn], providerInvalid],
      [{ id: 5 }, providerInvalid],
      [{ id: unknownId }, '422 {"identity_provider_id":["does not exist"]}'],
      [{ id: '' }, '422 {"identity_provider_id":["does not exist"]}'],
      [{ id: 'a\u0000b' }, '422 {"identity_provider_id":["does not exist"]}'],
      [{ id: builtIn.id.toUpperCase(), name: 'of no account' }, 'ok'],
    ] as const;
    for (const [identity_provider, expected] of rows) {
      const client = { key_pair_type: ec, ...(identity_provider !== undefined && { identity_provider }) };
      assert.equal(outcomeOf(await call('POST', '/api/clients', { client })), expected);
    }
  },
  'is named by the record also where it is the built-in one': async ({ server, create }) => {
    const created = await create();
    assert.deepEqual(created['identity_provider'], builtIn);
    assert.equal((await recordOf(server, created.id)).identityProviderId, builtIn.id);
  },
  'may be left out of an update and is not cleared; another one is taken': async (world) => {
    const { id, name } = await world.createProvider('Staff');
    const created = await world.create();
    assert.deepEqual(dataOf(await world.change(created.id, {})), created);
    assert.equal(outcomeOf(await world.change(created.id, { identity_provider: null })), providerBlank);
    const unknown = await world.change(created.id, { identity_provider: { id: unknownId }, name: 'x' });
    assert.equal(outcomeOf(unknown), '422 {"identity_provider_id":["does not exist"]}');
    const changed = dataOf(await world.change(created.id, { identity_provider: { id } }));
    assert.deepEqual(changed, { ...created, identity_provider: { id, name } });
    assert.deepEqual(await world.read(created.id), changed);
  },
  'is shown as the built-in one where a record of another face has none, which writing back keeps': async (
    world,
  ) => {
    const { id } = await register(world.server, { name: 'Other' });
    const shown = await world.read(id);
    assert.deepEqual(shown['identity_provider'], builtIn);
    assert.deepEqual(dataOf(await world.change(id, { identity_provider: builtIn })), shown);
    const { identityProviderId, revision } = await recordOf(world.server, id);
    assert.deepEqual([identityProviderId, revision], [null, 1]);
  },
  'bears the name that it has now': async (world) => {
    const provider = await world.createProvider('Before');
    const { id } = await world.create({ identity_provider: provider });
    const path = `/api/identity-providers/${provider.id}`;
    await world.call('PUT', path, { identity_provider: { name: 'After' } });
    const expected = { id: provider.id, name: 'After' };
    assert.deepEqual((await world.read(id))['identity_provider'], expected);
    const listed = listOf(await world.call('GET', '/api/clients')).find((client) => client.id === id);
    assert.deepEqual(listed?.['identity_provider'], expected);
  },
});

inOneWorld<World>('the authorized scopes of a client', (context) => open(context, declarations), {
  'are named by id or name, shown in full, replaced when given and kept when not': async (world) => {
    const scopes = listOf(await world.call('GET', '/api/scopes'));
    const shownOf = (name: string) => {
      const scope = scopes.find((entry) => entry['name'] === name) ?? assert.fail(name);
      return { id: scope.id, name, public: scope['public'] };
    };
    const [reports, payroll, backend] = [shownOf('reports'), shownOf('payroll'), shownOf('backend')];
    assert.deepEqual([reports.public, payroll.public], [true, false]);
    const created = await world.create({ authorized_scopes: [{ id: payroll.id }, { name: 'reports' }] });
    assert.deepEqual(created['authorized_scopes'], [payroll, reports]);
    for (const [sent, shown] of [
      [[{ name: 'backend' }], [backend]],
      [
        [reports, { id: payroll.id.toUpperCase() }],
        [reports, payroll],
      ],
      [[], []],
      [[{ id: backend.id, name: 'reports' }], [backend]],
    ] as const) {
      assert.deepEqual(dataOf(await world.change(created.id, { authorized_scopes: sent })), {
        ...created,
        authorized_scopes: shown,
      });
    }
    assert.deepEqual(dataOf(await world.change(created.id, {}))['authorized_scopes'], [backend]);
  },
  'must exist': async (world) => {
    const created = await world.create({ authorized_scopes: [{ name: 'reports' }] });
    const rows = [
      [null, '422 {"authorized_scopes":["can\'t be blank"]}'],
      ['reports', '422 {"authorized_scopes":["is invalid"]}'],
      [['reports'], badEntry],
      [[{}], badEntry],
      [[null], badEntry],
      [[{ name: 5 }], badEntry],
      [[{ name: 'unknown' }], unknownScope],
      [[{ name: '' }], unknownScope],
      [[{ name: 'a\u0000b' }], unknownScope],
      [[{ id: unknownId }], unknownScope],
      [[{ id: unknownId, name: 'reports' }], unknownScope],
      [[{ name: 'reports' }, { id: 'x' }, { name: 'y' }], unknownScope],
      [
        [{ name: 'reports' }, { name: 'reports' }],
        '422 {"authorized_scopes":["must not contain duplicates"]}',
      ],
    ] as const;
    for (const [authorized_scopes, expected] of rows) {
      const client = { key_pair_type: ec, identity_provider: builtIn, authorized_scopes };
      assert.equal(outcomeOf(await world.call('POST', '/api/clients', { client })), expected);
      assert.equal(outcomeOf(await world.change(created.id, { authorized_scopes, name: 'x' })), expected);
    }
    assert.deepEqual(await world.read(created.id), created);
  },
  'hide and preserve names of scopes that have gone, and nobody regains them': async (world) => {
    const { server } = world;
    const scope = await world.createScope({ name: 'fleeting' });
    const created = await world.create({ authorized_scopes: [{ name: 'fleeting' }, { name: 'reports' }] });
    // Behind the dialect's back, as when the operator no longer declares it.
    await server.database.run(`delete from scopes where id = '${scope.id}'`);
    await server.database.run(`update revisions set revision = revision + 1 where name = 'scopes'`);
    const shown = await world.read(created.id);
    assert.deepEqual((shown['authorized_scopes'] as readonly unknown[]).length, 1);
    const written = dataOf(await world.change(created.id, { authorized_scopes: shown['authorized_scopes'] }));
    assert.deepEqual(written, shown);
    assert.equal((await recordOf(server, created.id)).revision, 1);
    await world.change(created.id, { authorized_scopes: [{ name: 'payroll' }] });
    assert.deepEqual((await recordOf(server, created.id)).authorizedScopes, ['payroll', 'fleeting']);
    await world.createScope({ name: 'fleeting' });
    assert.deepEqual((await recordOf(server, created.id)).authorizedScopes, ['payroll']);
  },
  // against: administration/escalation
  'give no management scope that the caller does not hold': async (world) => {
    const mayManage = { grantTypes: ['client_credentials'], allowedScopes: ['clients:manage:all'] } as const;
    const { client, secret } = await world.server.registry.create({
      ...asOperator,
      patch: () => mayManage,
      secret: 'generate',
    });
    const answer = await world.server.requestToken(
      { id: client.id, secret: secret ?? '' },
      { scope: 'clients:manage:all' },
    );
    const { access_token: token } = (await answer.json()) as { readonly access_token: string };
    const { id } = await world.create();
    const give = (name: string) =>
      world.send('PATCH', `/api/clients/${id}`, {
        token,
        body: { client: { authorized_scopes: [{ name }] } },
      });
    for (const name of ['admin', 'login', 'oauth:clients:manage', 'scopes:manage:all']) {
      assert.equal(outcomeOf(await give(name)), '403 FORBIDDEN You may not do this.');
    }
    for (const name of ['payroll', 'backend', 'clients:manage:all'])
      assert.equal(outcomeOf(await give(name)), 'ok');
  },
});
