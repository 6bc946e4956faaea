import assert from 'node:assert/strict';
import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { test } from 'node:test';
import type { JsonObject } from '../../src/kernel/encoding.ts';
import { signingAlgorithms } from '../../src/keys/signing-algorithm.ts';
import { clientScopes, connectService } from '../connect/face.ts';
import { outcomeOf, startDeclaring, tokenOf } from '../connect/world.ts';
import { bootstrap, startTestServer } from '../fixtures/running-server.ts';
import { basic, send, sendForm, servicePath } from './attack.ts';

const ownKeys = {
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
};

for (const accessTokenAlgorithm of signingAlgorithms) {
  // against: administration/tokens
  test(`forged ${accessTokenAlgorithm} access tokens are refused by the administration and inactive at introspection`, async (context) => {
    const server = await startDeclaring(context, { server: { accessTokenAlgorithm } });
    const genuine = await server.bootstrapToken(`${clientScopes} admin`);
    const [header = '', payload = '', signature = ''] = genuine.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as JsonObject;
    const { alg, typ, kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as Record<
      string,
      string
    >;
    const { keys } = JSON.parse((await send(server, '/oauth/jwks', { method: 'GET' })).text);
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const own = ownKeys[accessTokenAlgorithm];
    const other = accessTokenAlgorithm === 'ES256' ? 'RS256' : 'ES256';
    const ownJwk = own.publicKey.export({ format: 'jwk' });
    const forge = (head: object, body: object = claims) => {
      const input = `${encode(head)}.${encode(body)}`;
      const octets = sign('sha256', Buffer.from(input), { key: own.privateKey, dsaEncoding: 'ieee-p1363' });
      return `${input}.${octets.toString('base64url')}`;
    };
    const hmacWith = (key: string) => {
      const input = `${encode({ alg: 'HS256', typ, kid })}.${payload}`;
      return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
    };
    const publicKeys = keys.flatMap((jwk: JsonObject) => {
      const key = createPublicKey({ key: jwk, format: 'jwk' });
      return [key.export({ format: 'pem', type: 'spki' }).toString(), JSON.stringify(jwk)];
    });
    const forgeries: Readonly<Record<string, string>> = {
      'alg none': `${encode({ alg: 'none', typ, kid })}.${payload}.`,
      'alg none in other letters': `${encode({ alg: 'nOnE', typ, kid })}.${payload}.`,
      'no signature': `${header}.${payload}.`,
      'another signature': `${header}.${payload}.${signature.slice(4)}AAAA`,
      'other claims': `${header}.${encode({ ...claims, sub: 'someone' })}.${signature}`,
      'the kid of a key that is ours': forge({ alg, typ, kid }),
      'another algorithm under the kid of a key that is ours': forge({ alg: other, typ, kid }),
      'a key in the header': forge({ alg, typ, jwk: ownJwk }),
      'a key in the header beside our kid': forge({ alg, typ, kid, jwk: ownJwk }),
      jku: forge({ alg, typ, kid, jku: 'https://evil.example/jwks' }),
      x5u: forge({ alg, typ, kid, x5u: 'https://evil.example/chain' }),
      crit: forge({ alg, typ, kid, crit: ['exp'], exp: 1 }),
      'a path as kid': forge({ alg, typ, kid: '../../../../dev/null' }),
      ...Object.fromEntries(
        publicKeys.map((key: string, index: number) => [`HMAC with public key ${index}`, hmacWith(key)]),
      ),
    };
    for (const [name, token] of Object.entries({ genuine, ...forgeries })) {
      const expected = name === 'genuine';
      const listed = await outcomeOf(connectService(server, token).listClients({}));
      assert.equal(listed, expected ? 'ok' : 'unauthenticated', name);
      const { text } = await sendForm(server, '/oauth/introspect', { token });
      assert.equal(JSON.parse(text).active, expected, name);
    }
  });
}

// against: administration/tokens
test('a bearer token counts in the Authorization header alone, and only as a Bearer', async (context) => {
  const server = await startTestServer(context);
  const token = await server.bootstrapToken(clientScopes);
  const list = (path: string, headers: Readonly<Record<string, string>>, body = '{}') =>
    send(server, `${servicePath}/ListClients${path}`, {
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
  assert.equal((await list('', { authorization: `Bearer ${token}` })).status, 200);
  const elsewhere = [
    list(`?access_token=${token}`, {}),
    list('', {}, JSON.stringify({ access_token: token })),
    list('', { cookie: `access_token=${token}` }),
    list('', { 'x-access-token': token, 'proxy-authorization': `Bearer ${token}` }),
    list('', { authorization: token }),
    list('', { authorization: `Basic ${token}` }),
    list('', { authorization: `Bearer ${token}, Bearer ${token}` }),
    list('', { authorization: basic }),
  ];
  for (const { status } of await Promise.all(elsewhere))
    assert.ok(status === 401 || status === 400, String(status));
});

// against: administration/forms
test('JSON and binary give the same authorisation, for every method and every token', async (context) => {
  const server = await startTestServer(context);
  const { client } = await connectService(server, await server.bootstrapToken(clientScopes)).createClient({
    name: 'Robot',
    hasSecret: true,
  });
  assert.ok(client?.clientSecret);
  const own = { id: client.clientId, secret: client.clientSecret };
  const tokens = {
    none: null,
    'no management scope': await tokenOf(server, bootstrap, 'login'),
    read: await server.bootstrapToken('oauth:clients:read'),
    manage: await server.bootstrapToken('oauth:clients:manage'),
    'another client’s': ((await (await server.requestToken(own)).json()) as { access_token: string })
      .access_token,
    garbage: 'garbage',
  };
  const clientId = bootstrap.id;
  const expected: Readonly<Record<string, Readonly<Record<keyof typeof tokens, string>>>> = {
    getClient: rights({ read: 'ok', manage: 'permission_denied' }),
    listClients: rights({ read: 'ok', manage: 'permission_denied' }),
    updateClient: rights({ read: 'permission_denied', manage: 'failed_precondition' }),
    deleteClient: rights({ read: 'permission_denied', manage: 'failed_precondition' }),
    regenerateSecret: rights({ read: 'permission_denied', manage: 'failed_precondition' }),
  };
  for (const [name, token] of Object.entries(tokens)) {
    for (const binary of [false, true]) {
      const service = connectService(server, token, binary);
      const found = {
        getClient: await outcomeOf(service.getClient({ clientId })),
        listClients: await outcomeOf(service.listClients({})),
        updateClient: await outcomeOf(service.updateClient({ clientId, name: 'Mine' })),
        deleteClient: await outcomeOf(service.deleteClient({ clientId })),
        regenerateSecret: await outcomeOf(service.regenerateSecret({ clientId })),
      };
      for (const [method, outcome] of Object.entries(found)) {
        assert.equal(
          outcome,
          expected[method]?.[name as keyof typeof tokens],
          `${method}, ${name}, binary ${binary}`,
        );
      }
    }
  }
});

function rights({ read, manage }: { readonly read: string; readonly manage: string }) {
  return {
    none: 'unauthenticated',
    'no management scope': 'permission_denied',
    read,
    manage,
    'another client’s': 'permission_denied',
    garbage: 'unauthenticated',
  };
}
