import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, test } from 'node:test';
import { compactVerify } from 'jose';
import { registerKept } from '../../../test/fixtures/client-assertion.ts';
import { type ProtocolServer, startProtocolServer } from '../../../test/fixtures/protocol-server.ts';
import { aClient, aSecret } from '../../../test/fixtures/storage-entries.ts';
import type { Client, KeyPairType, SignatureAlg } from '../../clients/client.ts';
import type { ClientSecret, SecretKeeper } from '../../clients/secret.ts';
import type { StoredClient } from '../../clients/store.ts';
import { secondsAfter } from '../../kernel/clock.ts';
import { ClientKeyError, type ClientKeyErrorCode } from '../../keys/client-key.ts';
import { createInternalSigner } from '../../keys/signer.ts';
import { OAuthError, type OAuthErrorCode } from '../errors.ts';
import { createTokenSigner, type TokenSignerDeps } from './token-signer.ts';

let server: ProtocolServer;
before(async () => {
  server = await startProtocolServer();
});
after(() => server[Symbol.asyncDispose]());

const p256: KeyPairType = { type: 'ec', curve: 'P-256' };
const noClientKeys: TokenSignerDeps['clientKeys'] = {
  signerOf: () => Promise.reject(new ClientKeyError('no-signer', 'the client has no key of its own')),
};

const open = (changes: Partial<TokenSignerDeps> = {}) =>
  createTokenSigner({
    ...server,
    clientKeys: noClientKeys,
    secretsKept: true,
    remoteSigner: false,
    ...changes,
  });

const stored = (changes: Partial<Client> = {}, secrets: readonly ClientSecret[] = []): StoredClient => ({
  client: aClient(changes),
  secrets,
});

/** A secret of `text`, kept for `client`. */
function kept(client: Client, text: string, changes: Partial<ClientSecret> = {}): ClientSecret {
  const secret = aSecret(changes);
  const sealed = server.secretKeeper.seal(text, { clientId: client.id, secretId: secret.id });
  return { ...secret, sealed };
}

function refusal(code: OAuthErrorCode): (error: unknown) => boolean {
  return (error) => error instanceof OAuthError && error.code === code;
}

const hs256Key = (text: string) => Buffer.from(text);
const long = (letter: string) => letter.repeat(64);

test('what clients can be set to is what some kind of key here signs', () => {
  const asymmetric = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'];
  const mac = ['HS256', 'HS384', 'HS512'];
  for (const [remoteSigner, secretsKept, expected] of [
    [false, false, asymmetric],
    [false, true, [...asymmetric, ...mac]],
    [true, false, [...asymmetric, 'EdDSA']],
    [true, true, [...asymmetric, 'EdDSA', ...mac]],
  ] as const) {
    assert.deepEqual(open({ remoteSigner, secretsKept }).algorithms, expected);
  }
});

for (const alg of ['RS256', 'ES256'] as const) {
  test(`for a client without a key of its own the server’s key signs ${alg}`, async () => {
    const token = await open().sign(stored(), alg, { a: 1 });
    const { protectedHeader } = await compactVerify(
      token,
      ({ kid = '' }) => server.keyring.keySet().verificationKey(kid)?.publicKey ?? assert.fail(kid),
    );
    assert.deepEqual(protectedHeader, { alg, typ: 'JWT', kid: server.keyring.keySet().signer(alg).kid });
  });
}

test('an algorithm that the server has no key for is not replaced by another', async () => {
  for (const alg of ['RS384', 'PS256', 'ES512', 'EdDSA'] as const) {
    await assert.rejects(open().sign(stored(), alg, {}), refusal('server_error'), alg);
  }
});

test('for a client with a key of its own that key signs, asked for by the client and the algorithm', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const asked: unknown[] = [];
  const clientKeys: TokenSignerDeps['clientKeys'] = {
    signerOf: async (...question) => {
      asked.push(question);
      return createInternalSigner({ algorithm: 'ES256', kid: 'its own', privateKey });
    },
  };
  const client = stored({ keyPairType: p256 });
  const token = await open({ clientKeys }).sign(client, 'ES256', {});
  const { protectedHeader } = await compactVerify(token, publicKey);
  assert.equal(protectedHeader.kid, 'its own');
  assert.deepEqual(asked, [[client.client.id, 'ES256']]);
});

test('where a client’s own key is missing, the server’s key does not take its place', async () => {
  for (const alg of ['RS256', 'ES256'] as const) {
    await assert.rejects(open().sign(stored({ keyPairType: p256 }), alg, {}), refusal('server_error'));
  }
});

const outcomes: readonly (readonly [ClientKeyErrorCode, OAuthErrorCode])[] = [
  ['busy', 'temporarily_unavailable'],
  ['signer-unavailable', 'temporarily_unavailable'],
  ['key-changed', 'temporarily_unavailable'],
  ['no-signer', 'server_error'],
];

for (const [code, expected] of outcomes) {
  test(`${code} is ${expected}: the caller learns no more, the log learns why`, async () => {
    const cause = new Error('the reason', { cause: new Error('and its reason') });
    const error = new ClientKeyError(code, 'no signature', { cause });
    const failing = { algorithm: 'ES256', kid: 'k', sign: () => Promise.reject(error) } as const;
    for (const signerOf of [() => Promise.reject(error), async () => failing]) {
      const client = stored({ keyPairType: p256 });
      await assert.rejects(open({ clientKeys: { signerOf } }).sign(client, 'ES256', {}), (refused) => {
        assert.ok(refused instanceof OAuthError);
        assert.equal(refused.code, expected);
        assert.doesNotMatch(refused.description, /reason|no signature/);
        assert.ok(!refused.description.includes(client.client.id));
        assert.ok(refused.detail?.includes(client.client.id));
        assert.match(refused.detail ?? '', /no signature: the reason: and its reason$/);
        assert.equal(refused.cause, error);
        return true;
      });
    }
  });
}

test('any other error is a fault of the server, and goes on as it is', async () => {
  const fault = new Error('does not fit');
  const clientKeys = { signerOf: () => Promise.reject(fault) };
  const signing = open({ clientKeys }).sign(stored({ keyPairType: p256 }), 'ES256', {});
  await assert.rejects(signing, (error) => error === fault);
});

for (const [alg, octets] of [
  ['HS256', 32],
  ['HS384', 48],
  ['HS512', 64],
] as const) {
  test(`${alg} signs with the client’s secret, if it has ${octets} octets`, async () => {
    const { client } = stored({ keyPairType: p256 });
    for (const text of ['x'.repeat(octets), 'é'.repeat(octets / 2)]) {
      const token = await open().sign({ client, secrets: [kept(client, text)] }, alg, {});
      const { protectedHeader } = await compactVerify(token, Buffer.from(text), { algorithms: [alg] });
      assert.deepEqual(protectedHeader, { alg, typ: 'JWT' });
    }
    const short = [kept(client, long('a')), kept(client, 'x'.repeat(octets - 1))];
    await assert.rejects(open().sign({ client, secrets: short }, alg, {}), refusal('server_error'));
  });
}

test('of several secrets the newest live one signs', async () => {
  const { client } = stored();
  const now = server.clock.now();
  const secrets = [
    kept(client, long('a')),
    kept(client, long('b'), { expiresAt: secondsAfter(now, 1) }),
    kept(client, long('c'), { expiresAt: now }),
  ];
  await compactVerify(await open().sign({ client, secrets }, 'HS256', {}), hs256Key(long('b')));
});

test('without a live secret that is kept nothing is signed, and an older one does not take its place', async () => {
  const { client } = stored();
  const older = kept(client, long('a'));
  const expired = kept(client, long('b'), { expiresAt: server.clock.now() });
  for (const secrets of [[], [expired], [older, aSecret()]]) {
    await assert.rejects(open().sign({ client, secrets }, 'HS256', {}), refusal('server_error'));
  }
});

test('where verifiers alone are kept, nothing is signed with a secret and none is opened', async () => {
  const secretKeeper: Pick<SecretKeeper, 'open'> = { open: () => assert.fail('a secret was opened') };
  const { client } = stored();
  const secrets = [kept(client, long('a'))];
  const signing = open({ secretKeeper, secretsKept: false }).sign({ client, secrets }, 'HS256', {});
  await assert.rejects(signing, refusal('server_error'));
});

test('a sealed secret that was moved from another client signs nothing', async () => {
  const { client } = await registerKept(server);
  const other = await registerKept(server);
  const theirs = await server.stores.clients.load(other.client.id);
  assert.ok(theirs);
  const signing = open().sign({ client, secrets: theirs.secrets }, 'HS256', {});
  await assert.rejects(signing, { name: 'VaultError' });
});

test('a secret is never the key of another algorithm', async () => {
  const { client } = stored();
  const secrets = [kept(client, long('a'))];
  for (const alg of ['RS256', 'ES256'] satisfies SignatureAlg[]) {
    const token = await open().sign({ client, secrets }, alg, {});
    await assert.rejects(compactVerify(token, hs256Key(long('a'))));
  }
});
