import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { declaring, inOneWorld } from '../connect/world.ts';
import { startTestServer } from '../fixtures/running-server.ts';
import { temporaryDirectory } from '../fixtures/temporary-directory.ts';
import { contentOf, dataOf, errorsOf, listOf, open, openOn, outcomeOf, type World } from './world.ts';

const all = '/api/identity-providers';
const secret = 'a secret of the upstream provider';
const least = { type: 'oidc', issuer: 'https://op.example', client_id: 'clientele', client_secret: secret };
const shown = {
  type: 'oidc',
  issuer: 'https://op.example',
  client_id: 'clientele',
  token_endpoint_auth_method: 'client_secret_basic',
  scopes: ['openid', 'profile', 'email'],
  username_claim: 'preferred_username',
  email_claim: 'email',
};

const post = (world: World, provider: object) => world.call('POST', all, { identity_provider: provider });
const put = (world: World, id: string, provider: object) =>
  world.call('PUT', `${all}/${id}`, { identity_provider: provider });

inOneWorld<World>('upstream OpenID Connect providers', open, {
  'one is created with defaults, read, changed and deleted': async (world) => {
    const { id, ...created } = dataOf(await post(world, { name: 'Upstream', ...least }), 201);
    assert.deepEqual(created, { name: 'Upstream', ...shown });
    assert.deepEqual(dataOf(await world.call('GET', `${all}/${id}`)), { id, ...created });
    const others = {
      name: 'Elsewhere',
      issuer: 'https://op.example/tenant/',
      client_id: 'another',
      token_endpoint_auth_method: 'client_secret_post',
      scopes: ['openid', 'groups'],
      username_claim: null,
      email_claim: 'upn',
    };
    const changed = await put(world, id, { ...others, client_secret: secret });
    assert.deepEqual(dataOf(changed), { id, type: 'oidc', ...others });
    assert.equal((await world.call('DELETE', `${all}/${id}`)).status, 204);
  },
  'no answer shows the secret, and none is stored or audited in clear': async (world) => {
    const { id } = dataOf(await post(world, { name: 'Secret', ...least }), 201);
    const answers = [
      await world.call('GET', `${all}/${id}`),
      await world.call('GET', all),
      await put(world, id, { client_secret: `${secret} too` }),
      await put(world, id, { client_secret: `${secret}\u0000` }),
    ];
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200, 422],
    );
    for (const { text } of answers) assert.doesNotMatch(text, /a secret of|client_secret":"|sealed|v1\./);
    assert.ok(!(await world.server.database.atRest()).includes(secret));
    const rows = await world.server.database.run(
      `select changes from audit_events where target_id = '${id}' order by id`,
    );
    const changes = rows.map((row) => JSON.parse(String(row['changes'])).at(-1));
    assert.deepEqual(changes, [
      { field: 'client_secret', before: null, after: 'given' },
      { field: 'client_secret', before: 'kept', after: 'given' },
    ]);
  },
  // against: administration/secrets
  'a secret goes to nobody but the issuer and the client that it was set for': async (world) => {
    const { id } = dataOf(await post(world, { name: 'Kept', ...least }), 201);
    const before = await contentOf(world);
    for (const change of [{ issuer: 'https://evil.example' }, { client_id: 'another' }]) {
      assert.deepEqual(errorsOf(await put(world, id, change)), {
        client_secret: ['is needed unless the method is none'],
      });
      assert.equal(await contentOf(world), before);
      assert.equal((await put(world, id, { ...change, client_secret: null })).status, 422);
    }
    assert.equal((await put(world, id, { scopes: ['openid'] })).status, 200);
    const moved = { issuer: 'https://other.example', client_secret: 'another secret' };
    assert.equal(dataOf(await put(world, id, moved))['issuer'], moved.issuer);
  },
  'writing back what was read, or the secret that it has, changes nothing': async (world) => {
    const created = dataOf(await post(world, { name: 'Unchanged', ...least }), 201);
    const before = await contentOf(world);
    for (const same of [created, {}, { client_secret: secret }, { ...created, client_secret: secret }]) {
      assert.deepEqual(dataOf(await put(world, created.id, same)), created);
    }
    assert.equal(await contentOf(world), before);
  },
  'each setting is judged on creation and on update, all together': async (world) => {
    const created = dataOf(await post(world, { name: 'Limits', ...least }), 201);
    const issuerForm =
      'must be an https URL without user, query and fragment; http is for loopback hosts only';
    const claimForm = 'must be the name of a claim: 1 to 255 printable ASCII characters without spaces';
    for (const [sent, errors] of [
      [{ issuer: null }, { issuer: ["can't be blank"] }],
      [{ issuer: '' }, { issuer: ["can't be blank"] }],
      [{ issuer: 'op.example' }, { issuer: [issuerForm] }],
      [{ issuer: 'http://op.example' }, { issuer: [issuerForm] }],
      [{ issuer: 'https://user@op.example' }, { issuer: [issuerForm] }],
      [{ issuer: 'https://op.example?a=b' }, { issuer: [issuerForm] }],
      [{ issuer: 'https://OP.example' }, { issuer: ['must be spelled https://op.example/'] }],
      [{ client_id: '' }, { client_id: ["can't be blank"] }],
      [{ client_id: 'ü' }, { client_id: ['must be 1 to 255 printable ASCII characters'] }],
      [{ client_secret: '' }, { client_secret: ['must be 1 to 1024 printable ASCII characters'] }],
      [{ client_secret: null }, { client_secret: ['is needed unless the method is none'] }],
      [
        { token_endpoint_auth_method: 'none' },
        { client_secret: ['must be absent where the method is none'] },
      ],
      [
        { token_endpoint_auth_method: 'private_key_jwt' },
        { token_endpoint_auth_method: ['must be client_secret_basic or client_secret_post or none'] },
      ],
      [{ scopes: 'openid' }, { scopes: ['is invalid'] }],
      [{ scopes: ['openid', 7] }, { scopes: ['has an invalid entry'] }],
      [{ scopes: [] }, { scopes: ['must have openid'] }],
      [{ scopes: ['openid', 'openid'] }, { scopes: ['must not name a scope twice'] }],
      [
        { scopes: ['openid', 'a b'] },
        { scopes: ['must be at most 50 scope-tokens of RFC 6749 Appendix A.4'] },
      ],
      [{ username_claim: 'a b' }, { username_claim: [claimForm] }],
      [
        { name: '', email_claim: '' },
        { name: ["can't be blank"], email_claim: [claimForm] },
      ],
    ] as const) {
      const creation = await post(world, { name: 'Other', ...least, ...sent });
      const update = await put(world, created.id, { client_secret: secret, ...sent });
      for (const answer of [creation, update]) {
        assert.deepEqual([sent, answer.status, errorsOf(answer)], [sent, 422, errors]);
      }
    }
    assert.deepEqual(dataOf(await world.call('GET', `${all}/${created.id}`)), created);
    const blank = await post(world, { name: 'Blank', type: 'oidc' });
    assert.deepEqual(errorsOf(blank), {
      issuer: ["can't be blank"],
      client_id: ["can't be blank"],
      client_secret: ['is needed unless the method is none'],
    });
  },
  'one without a secret is a public client there': async (world) => {
    const none = { ...least, token_endpoint_auth_method: 'none', client_secret: null };
    const created = dataOf(await post(world, { name: 'Public', ...none }), 201);
    assert.equal(created['token_endpoint_auth_method'], 'none');
    const change = { token_endpoint_auth_method: 'client_secret_basic', client_secret: secret };
    assert.equal((await put(world, created.id, change)).status, 200);
  },
  'a provider stays of its type': async (world) => {
    const { id } = dataOf(await post(world, { name: 'Typed', ...least }), 201);
    const internal = await world.createProvider('Internal');
    assert.equal(outcomeOf(await put(world, id, { type: 'internal' })), '422 {"type":["is read-only"]}');
    assert.equal(outcomeOf(await put(world, internal.id, least)), '422 {"type":["is read-only"]}');
    const stray = await put(world, internal.id, { scopes: ['openid'] });
    assert.equal(outcomeOf(stray), '422 {"scopes":["is for the type oidc alone"]}');
  },
  'a client takes one, and it is not deleted meanwhile': async (world) => {
    const { id } = dataOf(await post(world, { name: 'Used', ...least }), 201);
    const client = await world.create({ identity_provider: { id } });
    assert.deepEqual(client['identity_provider'], { id, name: 'Used' });
    const inUse = '422 {"identity_provider":["is used by clients"]}';
    assert.equal(outcomeOf(await world.call('DELETE', `${all}/${id}`)), inUse);
  },
});

test('a declared upstream provider is in force, write protected, and written once however often the server starts', async (context) => {
  const declared = {
    id: '7b0d4a3e-0a54-4c0e-8f43-1f1d0c1b9a11',
    name: 'Declared',
    type: 'oidc',
    issuer: 'https://op.example',
    clientId: 'clientele',
    secretFile: join(temporaryDirectory(context), 'secret'),
  };
  writeFileSync(declared.secretFile, `${secret}\n`);
  const env = declaring(context, { identityProviders: [declared] });
  const first = await openOn(await startTestServer(context, { env }));
  const { id, name } = declared;
  const path = `${all}/${id}`;
  assert.deepEqual(dataOf(await first.call('GET', path)), { id, name, ...shown });
  const writeProtected = '403 FORBIDDEN The resource is write protected.';
  for (const change of [{ client_secret: secret }, { issuer: 'https://evil.example' }]) {
    assert.equal(outcomeOf(await put(first, id, change)), writeProtected);
  }
  assert.deepEqual(dataOf(await put(first, id, { id, name, ...shown })), { id, name, ...shown });
  const rowsOf = ({ server }: World) =>
    server.database.run(`select * from identity_providers where id = '${id}'`);
  const before = await rowsOf(first);
  const { dataDirectory } = first.server;
  await first.server.stop('the server starts again');
  const again = await openOn(await startTestServer(context, { dataDirectory, env }));
  assert.deepEqual(await rowsOf(again), before);
  await again.server.stop('the operator has another secret');
  writeFileSync(declared.secretFile, 'another secret\n');
  const changed = await openOn(await startTestServer(context, { dataDirectory, env }));
  assert.notDeepEqual(await rowsOf(changed), before);
  assert.equal(listOf(await changed.call('GET', all)).length, 2);
});
