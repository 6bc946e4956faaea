import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { inOneWorld } from '../connect/world.ts';
import { builtIn, dataOf, ec, errorsOf, open, type World } from './world.ts';

const blank = "can't be blank";
const invalid = 'is invalid';
const badEntry = 'has an invalid entry';

/** What a field takes, with how it is shown where that is otherwise, and what it refuses, with why. */
interface Row {
  readonly accepted: readonly (readonly [sent: unknown, shown?: unknown])[];
  readonly refused: readonly (readonly [sent: unknown, ...messages: string[]])[];
}

const flag: Row = {
  accepted: [[true], [false], ['true', true], ['false', false]],
  refused: [[null, blank], ...['yes', 'TRUE', '', 1, 0, [], {}].map((sent) => [sent, invalid] as const)],
};

const lifetime = (longest: number): Row => {
  const range = `must be an integer from 1 to ${longest}`;
  return {
    accepted: [[1], [longest], ['1', 1], [String(longest), longest]],
    refused: [
      [null, blank],
      ...[0, -1, longest + 1, '0', '-5', String(longest + 1), 2 ** 40].map((sent) => [sent, range] as const),
      ...[1.5, 'x', '1e3', '', ' 1', '1.0', true, [], {}].map((sent) => [sent, invalid] as const),
    ],
  };
};

const text = (others: Row['refused'] = []): Row => ({
  accepted: [[null], [''], ['n'], ['n'.repeat(255)], ['🦊'.repeat(255)]],
  refused: [
    ['n'.repeat(256), 'must be at most 255 characters'],
    ...[5, true, [], {}].map((sent) => [sent, invalid] as const),
    ...others,
  ],
});

const choice = (...words: readonly string[]): Row => ({
  accepted: words.map((word) => [word] as const),
  refused: [[null, blank], ...['none', '', 5, [], {}].map((sent) => [sent, invalid] as const)],
});

const uri = 'https://shop.example/callback';
const pemOf = (type: 'spki' | 'pkcs8'): string => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const key = type === 'spki' ? publicKey : privateKey;
  return key.export({ format: 'pem', type: type as 'spki' }).toString();
};
const pem = pemOf('spki');

const rows: Readonly<Record<string, Row>> = {
  check_public_client_id: flag,
  confidential: flag,
  public_refresh_token: flag,
  public_revoke: flag,
  authorize_scope: flag,
  enforce_dpop: flag,
  enforce_tx_code: flag,
  pkce: flag,
  access_token_ttl: lifetime(86_400),
  authorization_code_ttl: lifetime(600),
  authorization_request_ttl: lifetime(300),
  refresh_token_ttl: lifetime(2_592_000),
  id_token_ttl: lifetime(86_400),
  public_client_id: text(),
  name: text([
    ['two\nlines', 'must be one line'],
    ['sp\u202eoof', 'must not contain control or invisible characters'],
  ]),
  redirect_uris: {
    accepted: [
      [[]],
      [[uri]],
      [['https://a/', 'http://localhost:8/x', 'http://127.0.0.1/', 'com.example.shop:/callback']],
    ],
    refused: [
      [null, blank],
      [uri, invalid],
      [{}, invalid],
      [[5], badEntry],
      [[null], badEntry],
      [[''], '`` is invalid'],
      [['http://shop.example/'], '`http://shop.example/` is invalid'],
      [[uri, 'javascript:alert(1)', 'shop:/x'], '`javascript:alert(1)` is invalid', '`shop:/x` is invalid'],
      [['https://a/#top', 'https://a/#top'], '`https://a/#top` is invalid', 'must not contain duplicates'],
      [[uri, uri], 'must not contain duplicates'],
      [['https://*.shop.example/'], '`https://*.shop.example/` is invalid'],
    ],
  },
  supported_grant_types: {
    accepted: [
      [[]],
      [['client_credentials', 'password', 'authorization_code', 'agent_code', 'refresh_token', 'implicit']],
      [['revoke', 'introspect', 'id_token', 'vp_token', 'preauthorized_code', 'agent_credentials']],
      [
        ['introspect', 'authorization_code', 'introspect'],
        ['introspect', 'authorization_code'],
      ],
    ],
    refused: [
      [null, blank],
      ['revoke', invalid],
      [['revoke', 'unknown'], badEntry],
      [['urn:ietf:params:oauth:grant-type:device_code'], badEntry],
      [['urn:ietf:params:oauth:grant-type:pre-authorized_code'], badEntry],
      [[null], badEntry],
    ],
  },
  token_endpoint_auth_methods: {
    accepted: [
      [['client_secret_basic']],
      [
        ['private_key_jwt', 'client_secret_jwt', 'client_secret_post', 'private_key_jwt'],
        ['private_key_jwt', 'client_secret_jwt', 'client_secret_post'],
      ],
    ],
    refused: [
      [null, blank],
      [[], blank],
      [['none'], badEntry],
      [['client_secret_basic', 'tls_client_auth'], badEntry],
      ['client_secret_basic', invalid],
    ],
  },
  token_endpoint_jwt_auth_alg: choice(
    ...['RS256', 'RS384', 'RS512', 'HS256', 'HS384', 'HS512', 'PS256', 'ES256', 'ES384', 'ES512', 'EdDSA'],
  ),
  jwt_public_key: {
    accepted: [[pem], [null]],
    refused: [
      ['', 'must be one PEM block "PUBLIC KEY"'],
      [pemOf('pkcs8'), 'must be one PEM block "PUBLIC KEY"'],
      ['-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----', 'holds a key that cannot be read'],
      [5, invalid],
    ],
  },
  response_mode: choice('direct_post', 'post'),
  id_token_signature_alg: {
    accepted: [['ES256'], ['HS256'], ['HS512']],
    refused: [
      [null, blank],
      ['none', invalid],
      ['RS256', 'must fit the key: one of ES256, HS256, HS384, HS512'],
    ],
  },
  userinfo_signed_response_alg: {
    accepted: [[null], ['ES256'], ['HS384'], [null]],
    refused: [
      ['none', invalid],
      ['EdDSA', 'must fit the key: one of ES256, HS256, HS384, HS512'],
    ],
  },
  signatures_adapter: {
    accepted: [['Elixir.Boruta.Internal.Signatures']],
    refused: [
      [null, blank],
      ['internal', invalid],
      ['Elixir.Boruta.Universal.Signatures', 'must fit the key_pair_type'],
    ],
  },
};

/** Sends every value of a row by creation and by update. */
async function check(world: World, field: string, { accepted, refused }: Row): Promise<void> {
  const { id } = await world.create();
  for (const [sent, shown = sent] of accepted) {
    const created = await world.create({ [field]: sent });
    const updated = dataOf(await world.change(id, { [field]: sent }));
    assert.deepEqual([sent, created[field], updated[field]], [sent, shown, shown]);
    assert.deepEqual((await world.read(id))[field], shown);
  }
  const before = await world.read(id);
  for (const [sent, ...messages] of refused) {
    const client = { identity_provider: builtIn, key_pair_type: ec, [field]: sent };
    const creation = await world.call('POST', '/api/clients', { client });
    for (const answer of [creation, await world.change(id, { [field]: sent })]) {
      assert.deepEqual([sent, answer.status, errorsOf(answer)], [sent, 422, { [field]: messages }]);
    }
  }
  assert.deepEqual(await world.read(id), before);
}

inOneWorld<World>(
  'what a field takes is shown, what it refuses is named, on creation and on update',
  open,
  Object.fromEntries(
    Object.entries(rows).map(([field, row]) => [field, (world) => check(world, field, row)]),
  ),
);
