import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import type { JsonObject } from '../../src/kernel/encoding.ts';
import { didKeyOf } from '../../src/keys/did-key.ts';
import { asOperator, inOneWorld, recordOf, register } from '../connect/world.ts';
import { startRemoteSigner } from '../fixtures/remote-signer.ts';
import { bootstrap, startTestServer, type TestServer } from '../fixtures/running-server.ts';
import { temporaryDirectory } from '../fixtures/temporary-directory.ts';
import {
  builtIn,
  dataOf,
  ec,
  errorsOf,
  listOf,
  open,
  openOn,
  outcomeOf,
  pathOf,
  type Shown,
  unknownId,
  type World,
} from './world.ts';

const rsa = (modulus: string, exponent = '65537') => ({
  type: 'rsa',
  modulus_size: modulus,
  exponent_size: exponent,
});
const internal = 'Elixir.Boruta.Internal.Signatures';
const universal = 'Elixir.Boruta.Universal.Signatures';

/** What a PEM says of its key. */
function describe(shown: Shown): string {
  const key = createPublicKey(String(shown['public_key']));
  return String(key.asymmetricKeyDetails?.modulusLength ?? key.asymmetricKeyDetails?.namedCurve);
}

/** The public members of a client's key, as the JWK Set has them. */
function coordinatesOf(shown: Shown): object {
  const { n, x, y } = createPublicKey(String(shown['public_key'])).export({ format: 'jwk' });
  return n === undefined ? { x, y } : { n };
}

/** Whether the JWK Set has the key of a client as it was shown. */
async function isPublished({ issuer }: TestServer, shown: Shown): Promise<boolean> {
  const response = await fetch(`${issuer}/oauth/jwks`);
  const { keys } = (await response.json()) as { readonly keys: readonly Record<string, unknown>[] };
  for (const key of keys) for (const secret of ['d', 'p', 'q', 'k']) assert.equal(secret in key, false);
  const wanted = Object.entries(coordinatesOf(shown));
  return keys.some((key) => wanted.every(([member, value]) => key[member] === value));
}

inOneWorld<World>('the key pairs of clients', open, {
  'each type is made, and shown as strings': async ({ create }) => {
    const rows = [
      [rsa('2048'), rsa('2048'), '2048'],
      [{ type: 'rsa', modulus_size: 2056, exponent_size: 65_537 }, rsa('2056'), '2056'],
      [{ type: 'rsa' }, rsa('2048'), '2048'],
      [ec, ec, 'prime256v1'],
      [{ type: 'ec', curve: 'P-384' }, { type: 'ec', curve: 'P-384' }, 'secp384r1'],
      [{ type: 'ec', curve: 'P-521' }, { type: 'ec', curve: 'P-521' }, 'secp521r1'],
      [{ type: 'ec', curve: 'P-512', colour: 'red' }, { type: 'ec', curve: 'P-521' }, 'secp521r1'],
    ] as const;
    for (const [sent, shown, made] of rows) {
      const created = await create({ key_pair_type: sent });
      assert.deepEqual([created['key_pair_type'], describe(created)], [shown, made]);
    }
  },
  'a type that is none, or too weak, is refused on creation and on update, and nothing changes': async (
    world,
  ) => {
    const created = await world.create();
    const rows = [
      [null, "can't be blank"],
      ['rsa', 'is invalid'],
      [[], 'is invalid'],
      [{}, "can't be blank"],
      [{ type: 'dsa' }, 'is invalid'],
      [{ type: 'ec' }, "can't be blank"],
      [{ type: 'ec', curve: 'secp256k1' }, 'is invalid'],
      [rsa('many'), 'is invalid'],
      [rsa('1024'), 'must have a modulus of 2048 to 4096 bits'],
      [rsa('4097'), 'must have a modulus of 2048 to 4096 bits'],
      [rsa('2048', '3'), 'must have the public exponent 65537'],
      [{ type: 'universal' }, 'needs a remote signer, which this server does not have'],
    ] as const;
    for (const [sent, message] of rows) {
      const client = { key_pair_type: sent, identity_provider: builtIn };
      const creation = await world.call('POST', '/api/clients', { client });
      const update = await world.change(created.id, { key_pair_type: sent });
      for (const answer of [creation, update]) {
        assert.deepEqual([sent, answer.status, errorsOf(answer)], [sent, 422, { key_pair_type: [message] }]);
      }
    }
    assert.deepEqual(await world.read(created.id), created);
  },
  'another type makes a new key, the same one in whatever words does not': async (world) => {
    const created = await world.create({ key_pair_type: rsa('2048') });
    const same = { key_pair_type: { type: 'rsa', modulus_size: 2048, exponent_size: '65537' } };
    assert.deepEqual(dataOf(await world.change(created.id, same)), created);
    const changed = dataOf(await world.change(created.id, { key_pair_type: ec }));
    assert.deepEqual(changed['key_pair_type'], ec);
    assert.equal(describe(changed), 'prime256v1');
    const record = await recordOf(world.server, created.id);
    assert.deepEqual([record.revision, record.publicKey], [2, changed['public_key']]);
  },
  'an algorithm that does not fit the key follows it, unless it is given too': async (world) => {
    const p384 = { type: 'ec', curve: 'P-384' };
    const rows = [
      [{}, { key_pair_type: ec }, 'ES256', null],
      [{}, { key_pair_type: p384 }, 'ES384', null],
      [{}, { key_pair_type: { type: 'ec', curve: 'P-521' } }, 'ES512', null],
      [{}, { key_pair_type: rsa('2056') }, 'RS512', null],
      [{ id_token_signature_alg: 'PS256' }, { key_pair_type: rsa('2056') }, 'PS256', null],
      [{ id_token_signature_alg: 'HS256' }, { key_pair_type: ec }, 'HS256', null],
      [{ userinfo_signed_response_alg: 'RS256' }, { key_pair_type: p384 }, 'ES384', 'ES384'],
      [{ userinfo_signed_response_alg: 'HS384' }, { key_pair_type: p384 }, 'ES384', 'HS384'],
      [{}, { key_pair_type: ec, id_token_signature_alg: 'HS512' }, 'HS512', null],
      [{}, { key_pair_type: ec, userinfo_signed_response_alg: 'ES256' }, 'ES256', 'ES256'],
    ] as const;
    for (const [before, change, idToken, userinfo] of rows) {
      const { id } = await world.create({ key_pair_type: rsa('2048'), ...before });
      const after = dataOf(await world.change(id, change));
      const algs = [after['id_token_signature_alg'], after['userinfo_signed_response_alg']];
      assert.deepEqual([change, ...algs], [change, idToken, userinfo]);
      assert.equal(after['signatures_adapter'], internal);
    }
  },
  'a pair that does not fit is never stored': async (world) => {
    const created = await world.create();
    for (const [change, field] of [
      [{ key_pair_type: rsa('2048'), id_token_signature_alg: 'ES256' }, 'id_token_signature_alg'],
      [{ id_token_signature_alg: 'RS512' }, 'id_token_signature_alg'],
      [{ userinfo_signed_response_alg: 'ES384' }, 'userinfo_signed_response_alg'],
      [{ key_pair_type: rsa('2048'), signatures_adapter: universal }, 'signatures_adapter'],
    ] as const) {
      const answer = await world.change(created.id, change);
      assert.equal(answer.status, 422);
      assert.deepEqual(Object.keys(errorsOf(answer) as object), [field]);
    }
    assert.deepEqual(await world.read(created.id), created);
  },
  'HS* needs a secret that is as long as the hash': async (world) => {
    const { id } = await register(world.server, {}, 'generate');
    await world.server.registry.replaceSecrets({ ...asOperator, id, secret: { chosen: 's'.repeat(40) } });
    for (const field of ['id_token_signature_alg', 'userinfo_signed_response_alg']) {
      assert.equal(outcomeOf(await world.change(id, { [field]: 'HS256' })), 'ok');
      const refused = `422 {"${field}":["needs a client secret of at least 64 octets that this server keeps"]}`;
      assert.equal(outcomeOf(await world.change(id, { [field]: 'HS512' })), refused);
      const both = { [field]: 'HS512', secret: 's'.repeat(64) };
      assert.equal(
        outcomeOf(await world.change(id, { ...both, secret: 's'.repeat(63) })).startsWith('422'),
        true,
      );
    }
    const both = { id_token_signature_alg: 'HS512', secret: 's'.repeat(64) };
    assert.equal(outcomeOf(await world.change(id, both)), 'ok');
  },
  'a client of another face has no key: that is shown, accepted back, and changed': async (world) => {
    const { id } = await register(world.server, { tokenEndpointAuthMethods: ['client_secret_basic'] });
    const shown = await world.read(id);
    assert.deepEqual(
      [shown['key_pair_type'], shown['public_key'], shown['id_token_signature_alg']],
      [null, null, 'RS256'],
    );
    assert.deepEqual(dataOf(await world.change(id, { key_pair_type: null, public_key: null })), shown);
    const answer = await world.call('POST', pathOf(id, 'regenerate_did'));
    assert.equal(outcomeOf(answer), '422 {"key_pair_type":["can\'t be blank"]}');
    const { id: other } = await register(world.server, {});
    const renewed = dataOf(await world.call('POST', pathOf(other, 'regenerate_key_pair')));
    assert.deepEqual(renewed['key_pair_type'], { type: 'rsa', modulus_size: '2048', exponent_size: '65537' });
    const changed = dataOf(await world.change(id, { key_pair_type: ec }));
    assert.deepEqual([changed['key_pair_type'], changed['id_token_signature_alg']], [ec, 'ES256']);
    assert.equal(await isPublished(world.server, changed), true);
    assert.equal(
      outcomeOf(await world.change(id, { key_pair_type: null })),
      '422 {"key_pair_type":["can\'t be blank"]}',
    );
  },
  'regenerate_key_pair makes a new key of the same type, and the old one stays published': async (world) => {
    const created = await world.create();
    const renewed = dataOf(await world.call('POST', pathOf(created.id, 'regenerate_key_pair')));
    assert.notEqual(renewed['public_key'], created['public_key']);
    assert.deepEqual({ ...renewed, public_key: null }, { ...created, public_key: null });
    assert.deepEqual(await world.read(created.id), renewed);
    const changed = dataOf(await world.change(created.id, { key_pair_type: rsa('2048') }));
    for (const shown of [created, renewed, changed])
      assert.equal(await isPublished(world.server, shown), true);
  },
  'regenerate_did gives the did:key of the public key, which follows the key from then on': async (world) => {
    const created = await world.create();
    const didOf = (shown: Shown) => didKeyOf(createPublicKey(String(shown['public_key'])));
    const given = dataOf(await world.call('POST', pathOf(created.id, 'regenerate_did')));
    assert.deepEqual(given, { ...created, did: didOf(created) });
    assert.deepEqual(dataOf(await world.call('POST', pathOf(created.id, 'regenerate_did'), {})), given);
    assert.equal((await recordOf(world.server, created.id)).revision, 2);
    const renewed = dataOf(await world.call('POST', pathOf(created.id, 'regenerate_key_pair')));
    const changed = dataOf(await world.change(created.id, { key_pair_type: { type: 'ec', curve: 'P-384' } }));
    for (const shown of [renewed, changed]) assert.equal(shown['did'], didOf(shown));
    assert.notEqual(renewed['did'], given['did']);
  },
  'an unknown client has nothing to regenerate, and an internal one nothing that anyone may': async ({
    call,
  }) => {
    for (const below of ['regenerate_key_pair', 'regenerate_did']) {
      assert.equal((await call('POST', pathOf(unknownId, below))).status, 404);
      const answer = await call('POST', pathOf(bootstrap.id, below));
      assert.equal(outcomeOf(answer), '403 FORBIDDEN The resource is write protected.');
    }
  },
  'of fifty parallel regenerations twenty leave one key, each is published, and the others are refused':
    async (world) => {
      const { id } = await world.create();
      const renew = () => world.call('POST', pathOf(id, 'regenerate_key_pair'));
      const answers = await Promise.all(Array.from({ length: 50 }, renew));
      const shown = answers.filter(({ status }) => status === 200).map((answer) => dataOf(answer));
      assert.equal(new Set(shown.map((client) => client['public_key'])).size, 20);
      const full =
        '422 {"key_pair_type":["cannot be changed or renewed again before former keys have expired"]}';
      for (const answer of answers) if (answer.status !== 200) assert.equal(outcomeOf(answer), full);
      assert.equal(
        outcomeOf(await world.change(id, { key_pair_type: { type: 'ec', curve: 'P-384' } })),
        full,
      );
      assert.equal(outcomeOf(await world.change(id, { name: 'Changed' })), 'ok');
      const last = await world.read(id);
      assert.ok(shown.some((client) => client['public_key'] === last['public_key']));
      for (const client of shown) assert.equal(await isPublished(world.server, client), true);
      assert.equal((await recordOf(world.server, id)).revision, 22);
    },
});

test('a universal key is held by the remote signer, and refused where that does not do its work', async (context) => {
  const signer = await startRemoteSigner(context);
  const server = await startTestServer(context, { env: signer.configure(temporaryDirectory(context)) });
  const world = await openOn(server);
  const created = await world.create({ key_pair_type: { type: 'universal' } });
  const { key_pair_type: type, signatures_adapter: adapter, id_token_signature_alg: alg } = created;
  assert.deepEqual([type, adapter, alg], [{ type: 'universal' }, universal, 'EdDSA']);
  assert.equal(createPublicKey(String(created['public_key'])).asymmetricKeyType, 'ed25519');
  assert.equal(await isPublished(server, created), true);

  const client = { key_pair_type: { type: 'universal' }, identity_provider: builtIn };
  for (const [field, other] of [
    ['signatures_adapter', internal],
    ['id_token_signature_alg', 'ES256'],
  ] as const) {
    const answer = await world.call('POST', '/api/clients', { client: { ...client, [field]: other } });
    assert.deepEqual([answer.status, Object.keys(errorsOf(answer) as object)], [422, [field]]);
  }

  const local = await world.create();
  const before = listOf(await world.call('GET', '/api/clients'));
  signer.behave('server-error');
  for (const answer of [
    await world.call('POST', '/api/clients', { client }),
    await world.change(local.id, { key_pair_type: { type: 'universal' }, name: 'Changed' }),
    await world.call('POST', pathOf(created.id, 'regenerate_key_pair')),
  ]) {
    assert.equal(answer.status, 503, answer.text);
    assert.equal((answer.json as JsonObject)['code'], 'SERVICE_UNAVAILABLE');
  }
  assert.deepEqual(listOf(await world.call('GET', '/api/clients')), before);

  signer.behave(null);
  const back = dataOf(await world.change(created.id, { key_pair_type: ec }));
  assert.deepEqual([back['signatures_adapter'], back['id_token_signature_alg']], [internal, 'ES256']);
});
