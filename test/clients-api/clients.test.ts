import assert from 'node:assert/strict';
import { inOneWorld, recordOf } from '../connect/world.ts';
import { bootstrap } from '../fixtures/running-server.ts';
import {
  builtIn,
  dataOf,
  ec,
  errorsOf,
  listOf,
  open,
  outcomeOf,
  pathOf,
  unknownId,
  type World,
} from './world.ts';

const blank = "can't be blank";
const invalid = 'is invalid';
const uri = 'https://shop.example/callback';

const documentedKeys = [
  ...['id', 'public_client_id', 'check_public_client_id', 'name', 'secret', 'confidential', 'redirect_uris'],
  ...['public_refresh_token', 'public_revoke', 'authorize_scope', 'enforce_dpop', 'enforce_tx_code'],
  ...['access_token_ttl', 'authorization_code_ttl', 'authorization_request_ttl', 'refresh_token_ttl'],
  ...['id_token_ttl', 'pkce', 'public_key', 'key_pair_type', 'signatures_adapter', 'did'],
  ...['identity_provider', 'authorized_scopes', 'supported_grant_types', 'id_token_signature_alg'],
  ...['userinfo_signed_response_alg', 'token_endpoint_jwt_auth_alg', 'token_endpoint_auth_methods'],
  ...['jwt_public_key', 'response_mode'],
];

inOneWorld<World>('clients as a whole', open, {
  'a client has every key of the contract, in its order, and its defaults': async ({ call, read }) => {
    const answer = await call('POST', '/api/clients', { client: { identity_provider: { id: builtIn.id } } });
    const created = dataOf(answer, 201);
    assert.equal(answer.headers.get('location'), pathOf(created.id));
    assert.deepEqual(Object.keys(created), documentedKeys);
    const { id, secret, public_key: publicKey, ...rest } = created;
    assert.match(String(secret), /^cls_[0-9A-Za-z]{92}$/);
    assert.match(String(publicKey), /^-----BEGIN PUBLIC KEY-----\n/);
    assert.deepEqual(rest, {
      public_client_id: null,
      check_public_client_id: false,
      name: null,
      confidential: false,
      redirect_uris: [],
      public_refresh_token: false,
      public_revoke: false,
      authorize_scope: false,
      enforce_dpop: false,
      enforce_tx_code: false,
      access_token_ttl: 86_400,
      authorization_code_ttl: 600,
      authorization_request_ttl: 300,
      refresh_token_ttl: 2_592_000,
      id_token_ttl: 86_400,
      pkce: false,
      key_pair_type: { type: 'rsa', modulus_size: '2048', exponent_size: '65537' },
      signatures_adapter: 'Elixir.Boruta.Internal.Signatures',
      did: null,
      identity_provider: builtIn,
      authorized_scopes: [],
      supported_grant_types: ['client_credentials', 'authorization_code'],
      id_token_signature_alg: 'RS512',
      userinfo_signed_response_alg: null,
      token_endpoint_jwt_auth_alg: 'HS256',
      token_endpoint_auth_methods: ['client_secret_basic', 'client_secret_post'],
      jwt_public_key: null,
      response_mode: 'direct_post',
    });
    assert.deepEqual(await read(id), created);
  },
  'PUT and PATCH both change what is given and keep the rest': async ({ call, create, read }) => {
    const created = await create({ name: 'Shop', redirect_uris: [uri], pkce: true });
    for (const [method, name] of [
      ['PUT', 'Store'],
      ['PATCH', 'Kiosk'],
    ] as const) {
      const answer = await call(method, pathOf(created.id), { client: { name } });
      assert.deepEqual(dataOf(answer), { ...created, name });
      assert.deepEqual(await read(created.id), { ...created, name });
    }
  },
  'all that is wrong with a request is named together: types, read-only fields, references, rules': async (
    world,
  ) => {
    const { id } = await world.create();
    const answer = await world.change(id, {
      id: unknownId,
      did: 'did:key:z',
      name: 'n'.repeat(256),
      secret: 'short',
      confidential: 'perhaps',
      pkce: null,
      access_token_ttl: 0,
      authorization_request_ttl: 700,
      redirect_uris: ['http://shop.example/'],
      key_pair_type: { type: 'ec', curve: 'P-224' },
      identity_provider: { id: unknownId },
      authorized_scopes: [{ name: 'unknown' }],
      supported_grant_types: ['unknown'],
      response_mode: 'fragment',
    });
    assert.equal(answer.status, 422);
    assert.deepEqual(errorsOf(answer), {
      id: ['is read-only'],
      did: ['is read-only'],
      name: ['must be at most 255 characters'],
      secret: ['must be 64 to 255 printable ASCII characters'],
      confidential: [invalid],
      pkce: [blank],
      access_token_ttl: ['must be an integer from 1 to 86400'],
      authorization_request_ttl: ['must be an integer from 1 to 300'],
      redirect_uris: ['`http://shop.example/` is invalid'],
      key_pair_type: [invalid],
      identity_provider_id: ['does not exist'],
      authorized_scopes: ['names a scope that does not exist'],
      supported_grant_types: ['has an invalid entry'],
      response_mode: [invalid],
    });
  },
  'who may not change a client does not learn what is wrong with the request': async ({ call }) => {
    for (const [id, status] of [
      [unknownId, 404],
      [bootstrap.id, 403],
    ] as const) {
      const answer = await call('PUT', pathOf(id), { client: { pkce: 'perhaps', access_token_ttl: 0 } });
      assert.deepEqual([answer.status, errorsOf(answer)], [status, undefined]);
    }
  },
  // against: administration/read-only
  'derived fields take their current values back and no other': async (world) => {
    const { id } = await world.create();
    await world.call('POST', pathOf(id, 'regenerate_did'));
    const shown = await world.read(id);
    const current = { id: id.toUpperCase(), public_key: shown['public_key'], did: shown['did'] };
    assert.deepEqual(dataOf(await world.change(id, current)), shown);
    for (const field of ['id', 'public_key', 'did']) {
      for (const other of [null, '', 'other']) {
        assert.equal(
          outcomeOf(await world.change(id, { [field]: other })),
          `422 {"${field}":["is read-only"]}`,
        );
      }
    }
    for (const field of ['public_key', 'did']) {
      const client = { identity_provider: builtIn, key_pair_type: ec, [field]: 'mine' };
      const answer = await world.call('POST', '/api/clients', { client });
      assert.equal(outcomeOf(answer), `422 {"${field}":["is read-only"]}`);
    }
  },
  'an id may be chosen on creation, once and for ever': async (world) => {
    const id = '0b8f6a52-7a51-4a35-9d0c-3b6f2f5f3fAA';
    const created = await world.create({ id });
    assert.equal(created.id, id.toLowerCase());
    const again = () =>
      world.call('POST', '/api/clients', { client: { id, key_pair_type: ec, identity_provider: builtIn } });
    const taken = '422 {"id":["has already been taken"]}';
    assert.equal(outcomeOf(await again()), taken);
    assert.equal((await world.call('DELETE', pathOf(id))).status, 204);
    assert.equal(outcomeOf(await again()), taken);
    for (const [other, message] of [
      ['shop', invalid],
      ['', invalid],
      [5, invalid],
      ['a\u0000', invalid],
    ] as const) {
      const client = { id: other, key_pair_type: ec, identity_provider: builtIn };
      assert.equal(
        outcomeOf(await world.call('POST', '/api/clients', { client })),
        `422 {"id":["${message}"]}`,
      );
    }
    const client = { id: null, key_pair_type: ec, identity_provider: builtIn };
    assert.equal((await world.call('POST', '/api/clients', { client })).status, 201);
  },
  'of fifty parallel creations with one id one succeeds': async ({ call }) => {
    const client = {
      id: '0b8f6a52-7a51-4a35-9d0c-3b6f2f5f3fbb',
      key_pair_type: ec,
      identity_provider: builtIn,
    };
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, async () => outcomeOf(await call('POST', '/api/clients', { client }))),
    );
    assert.deepEqual(
      outcomes.toSorted().slice(0, -1),
      Array(49).fill('422 {"id":["has already been taken"]}'),
    );
    assert.equal(outcomes.filter((outcome) => outcome === 'ok').length, 1);
  },
  'fields that nobody knows are ignored': async (world) => {
    const created = await world.create({ name: 'Shop', colour: 'red', enabled: false, verified: true });
    const answer = await world.change(created.id, {
      colour: 'red',
      internal: true,
      grantTypes: [],
      revision: 9,
    });
    assert.deepEqual(dataOf(answer), created);
    const { enabled, verified, internal } = await recordOf(world.server, created.id);
    assert.deepEqual({ enabled, verified, internal }, { enabled: true, verified: false, internal: false });
  },
  'a body without the object that it is about, and an id that is no UUID, are 400': async ({
    call,
    create,
  }) => {
    const { id } = await create();
    const bodies = [
      {},
      { client: null },
      { client: [] },
      { client: 'x' },
      { Client: {} },
      [],
      'null',
      '5',
      '"x"',
    ];
    for (const body of bodies) {
      for (const [method, path] of [
        ['POST', '/api/clients'],
        ['PUT', pathOf(id)],
        ['PATCH', pathOf(id)],
      ] as const) {
        const answer = await call(method, path, body);
        assert.equal(answer.status, 400);
        assert.deepEqual(Object.keys(errorsOf(answer) as object), ['client']);
      }
    }
    for (const bad of ['abc', `${id}0`, '%00', "'"]) {
      for (const [method, ...below] of [['GET'], ['PUT'], ['DELETE'], ['POST', 'regenerate_did']] as const) {
        const answer = await call(
          method,
          pathOf(bad, ...below),
          method === 'PUT' ? { client: {} } : undefined,
        );
        assert.equal(outcomeOf(answer), '400 {"id":["is invalid"]}', bad);
      }
    }
    const upper = await call('GET', pathOf(id.toUpperCase()));
    assert.equal(dataOf(upper).id, id);
  },
  'a list has every client, internal ones too, in order of creation and without secrets': async ({
    call,
    create,
  }) => {
    const [first, second] = [await create(), await create()];
    const listed = listOf(await call('GET', '/api/clients'));
    const ids = listed.map(({ id }) => id);
    assert.ok(ids.indexOf(bootstrap.id) === 0 && ids.indexOf(first.id) < ids.indexOf(second.id));
    assert.deepEqual(
      listed.find(({ id }) => id === first.id),
      { ...first, secret: null },
    );
    for (const { secret } of listed) assert.equal(secret, null);
  },
  'DELETE ends a client and its tokens': async ({ server, call, create }) => {
    const { id, secret } = await create();
    assert.equal((await server.requestToken({ id, secret })).status, 200);
    const deleted = await call('DELETE', pathOf(id));
    assert.deepEqual([deleted.status, deleted.text], [204, '']);
    for (const method of ['GET', 'DELETE']) assert.equal((await call(method, pathOf(id))).status, 404);
    assert.equal((await server.requestToken({ id, secret })).status, 401);
  },
});
