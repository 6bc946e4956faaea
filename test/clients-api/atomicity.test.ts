import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contentOf, errorsOf, listOf, open, pathOf, unknownId } from './world.ts';

/** Each is wrong alone; everything else in the request is right. */
const faults: Readonly<Record<string, object>> = {
  'an unknown provider': { identity_provider: { id: unknownId } },
  'an unknown scope': { authorized_scopes: [{ name: 'unknown' }] },
  'an unknown scope by its id': { authorized_scopes: [{ id: unknownId }] },
  'a secret that is too short': { secret: 'short' },
  'a read-only field': { public_key: 'mine' },
  'a type': { pkce: 'perhaps' },
  'a lifetime': { access_token_ttl: 86_401 },
  'an algorithm that does not fit': { id_token_signature_alg: 'RS256' },
  'a key that cannot be made': { key_pair_type: { type: 'universal' } },
};

test('a request that is wrong in one thing changes nothing, whatever else it says', async (context) => {
  const world = await open(context);
  const { server, call } = world;
  const provider = await world.createProvider('Staff');
  const created = await world.create({ name: 'Shop' });
  await world.call('POST', pathOf(created.id, 'regenerate_did'));
  const good = {
    name: 'Store',
    redirect_uris: ['https://store.example/'],
    secret: 's'.repeat(64),
    identity_provider: provider,
    key_pair_type: { type: 'ec', curve: 'P-384' },
    authorized_scopes: [{ name: 'backend' }],
  };
  const keysOf = async () => (await (await fetch(`${server.issuer}/oauth/jwks`)).json()) as object;
  const [before, keys] = [await contentOf(world), await keysOf()];
  for (const [what, fault] of Object.entries(faults)) {
    for (const [method, path, fields] of [
      ['PUT', pathOf(created.id), { ...good, ...fault }],
      ['POST', '/api/clients', { ...good, ...fault }],
    ] as const) {
      const answer = await call(method, path, { client: fields });
      assert.equal(answer.status, 422, `${what}: ${answer.text}`);
      assert.equal(Object.keys(errorsOf(answer) as object).length, 1, `${what}: ${answer.text}`);
      assert.equal(await contentOf(world), before, `${method}: ${what}`);
    }
  }
  assert.deepEqual(await keysOf(), keys);
  const right = await call('PUT', pathOf(created.id), { client: good });
  assert.equal(right.status, 200, right.text);
});

// against: administration/writers
test('changes of one client that meet are all applied, whatever they are of', async (context) => {
  const { call, change, create, createProvider, read } = await open(context);
  const provider = await createProvider('Staff');
  const { id } = await create();
  const secret = 's'.repeat(64);
  const answers = await Promise.all(
    Array.from({ length: 12 }, () => [
      change(id, { name: 'Store' }),
      change(id, { secret }),
      change(id, { key_pair_type: { type: 'ec', curve: 'P-521' } }),
      change(id, { identity_provider: provider }),
      change(id, { confidential: true }),
      change(id, { token_endpoint_auth_methods: ['client_secret_post'] }),
      call('POST', pathOf(id, 'regenerate_did')),
    ]).flat(),
  );
  for (const { status, text } of answers) assert.equal(status, 200, text);
  const shown = await read(id);
  assert.deepEqual(
    [shown['name'], shown.secret, shown['key_pair_type'], shown['identity_provider'], shown['confidential']],
    ['Store', secret, { type: 'ec', curve: 'P-521' }, { id: provider.id, name: 'Staff' }, true],
  );
  assert.deepEqual(shown['token_endpoint_auth_methods'], ['client_secret_post']);
  assert.match(String(shown['did']), /^did:key:z/);
  assert.ok(listOf(await call('GET', '/api/clients')).some((client) => client.id === id));
});
