import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { compactVerify, importJWK } from 'jose';
import { startRemoteSigner } from '../../test/fixtures/remote-signer.ts';
import { createOperatorService } from '../egress/operator-service.ts';
import { silentLogger } from '../kernel/logger.ts';
import { randomOctets, randomUuid } from '../kernel/random.ts';
import { type ClientKey, ClientKeyError, type ClientKeyErrorCode, type ClientKeyType } from './client-key.ts';
import { createClientKeyMaker } from './client-key-maker.ts';
import { createClientSigners } from './client-signers.ts';
import type { JwsAlgorithm } from './jws-algorithm.ts';
import { createRemoteSigner, type RemoteSigner } from './remote-signer.ts';
import type { Signer } from './signer.ts';
import { createVault, VaultError } from './vault.ts';

const vault = createVault(randomOctets(32));
const clientId = randomUuid();

const types = {
  RSA: { type: 'rsa', modulusLength: 2048, publicExponent: 65_537 },
  'P-256': { type: 'ec', curve: 'P-256' },
  'P-384': { type: 'ec', curve: 'P-384' },
  'P-521': { type: 'ec', curve: 'P-521' },
  universal: { type: 'universal' },
} as const satisfies Readonly<Record<string, ClientKeyType>>;
type Kind = keyof typeof types;

const fitting: Readonly<Record<Kind, readonly JwsAlgorithm[]>> = {
  RSA: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  'P-256': ['ES256'],
  'P-384': ['ES384'],
  'P-521': ['ES512'],
  universal: ['EdDSA'],
};
const kinds = Object.keys(types) as Kind[];
const algorithms = kinds.flatMap((kind) => fitting[kind]);
/** Names that a careless caller could take from a record or a token. */
const foreign = ['none', 'HS256', 'ES256K', 'RSA-OAEP', 'toString', ''] as string[] as JwsAlgorithm[];

let signer: Awaited<ReturnType<typeof startRemoteSigner>>;
let remoteSigner: RemoteSigner;
const keys = {} as Record<Kind, ClientKey>;

before(async (context) => {
  assert.ok('after' in context);
  signer = await startRemoteSigner(context);
  const post = createOperatorService({ ...signer, allowLoopback: true, certificateAuthorities: signer.ca });
  remoteSigner = createRemoteSigner({ post });
  const { make } = createClientKeyMaker({ vault, remoteSigner, logger: silentLogger });
  for (const kind of kinds) {
    const key = await make(clientId, types[kind]);
    assert.ok(typeof key !== 'string');
    keys[kind] = key;
  }
});

const open = () => createClientSigners({ vault, remoteSigner });

async function signToken({ algorithm, kid, sign }: Signer): Promise<string> {
  const encode = (text: string) => Buffer.from(text).toString('base64url');
  const input = `${encode(JSON.stringify({ alg: algorithm, kid }))}.${encode('payload')}`;
  return `${input}.${Buffer.from(await sign(Buffer.from(input))).toString('base64url')}`;
}

function isRefusal(code: ClientKeyErrorCode): (error: unknown) => boolean {
  return (error) => error instanceof ClientKeyError && error.code === code;
}

for (const kind of kinds) {
  for (const algorithm of fitting[kind]) {
    test(`a ${kind} key signs ${algorithm} as its public JWK verifies it, and nothing else`, async () => {
      const { publicJwk } = keys[kind];
      const token = await signToken(open().signerOf(keys[kind], algorithm));
      const publicKey = await importJWK({ ...publicJwk }, algorithm);
      const { payload, protectedHeader } = await compactVerify(token, publicKey, { algorithms: [algorithm] });
      assert.equal(Buffer.from(payload).toString(), 'payload');
      assert.equal(protectedHeader.kid, publicJwk['kid']);
      await assert.rejects(compactVerify(token.replace('.cGF5', '.cGF6'), publicKey));
    });
  }

  test(`a ${kind} key signs with no algorithm that does not fit it`, () => {
    const { signerOf } = open();
    for (const algorithm of [...algorithms, ...foreign].filter((name) => !fitting[kind].includes(name))) {
      assert.throws(() => signerOf(keys[kind], algorithm), isRefusal('key-changed'), algorithm);
    }
  });
}

test('a signer is the same object while its key is in use, and another for each algorithm', () => {
  const { signerOf } = open();
  assert.equal(signerOf(keys.RSA, 'RS256'), signerOf({ ...keys.RSA }, 'RS256'));
  assert.notEqual(signerOf(keys.RSA, 'RS256'), signerOf(keys.RSA, 'PS256'));
});

test('a sealed key that was moved to another client does not open, even while its own client uses it', () => {
  const { signerOf } = open();
  signerOf(keys['P-256'], 'ES256');
  const moved = { ...keys['P-256'], clientId: randomUuid() };
  assert.throws(
    () => signerOf(moved, 'ES256'),
    (error) => error instanceof VaultError && error.fault === 'altered',
  );
});

test('a key that is not the one that its id names does not sign', async () => {
  const { make } = createClientKeyMaker({ vault, remoteSigner, logger: silentLogger });
  const other = await make(clientId, types['P-256']);
  assert.ok(typeof other !== 'string');
  assert.throws(() => open().signerOf({ ...other, kid: keys['P-256'].kid }, 'ES256'), VaultError);
  const exchanged = { ...keys.universal, publicJwk: other.publicJwk };
  assert.throws(() => open().signerOf(exchanged, 'EdDSA'), /not the key that its id names/);
});

test('a key that is held nowhere, or by a remote signer that is not configured, signs nothing', () => {
  const withoutRemote = createClientSigners({ vault, remoteSigner: null });
  assert.throws(() => withoutRemote.signerOf(keys.universal, 'EdDSA'), isRefusal('no-signer'));
  const lost = { ...keys.universal, remoteId: null };
  assert.throws(() => open().signerOf(lost, 'EdDSA'), isRefusal('no-signer'));
  withoutRemote.signerOf(keys['P-256'], 'ES256');
});

// against: egress/answers
test('what a remote signer answers is not used before it has been verified', async () => {
  const { sign } = open().signerOf(keys.universal, 'EdDSA');
  const data = Buffer.from('data');
  for (const fault of ['wrong-signature', 'short-signature', 'empty', 'server-error'] as const) {
    signer.behave(fault);
    await assert.rejects(async () => sign(data), isRefusal('signer-unavailable'), fault);
  }
  signer.behave(null);
  assert.equal((await sign(data)).byteLength, 64);
});

test('a key that the remote signer has removed signs nothing any more', async () => {
  const { make } = createClientKeyMaker({ vault, remoteSigner, logger: silentLogger });
  const key = await make(clientId, types.universal);
  assert.ok(typeof key !== 'string');
  const { sign } = open().signerOf(key, 'EdDSA');
  await remoteSigner.remove(String(key.remoteId));
  await assert.rejects(async () => sign(Buffer.from('data')), isRefusal('signer-unavailable'));
});
