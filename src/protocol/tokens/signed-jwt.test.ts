import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { compactVerify, decodeProtectedHeader } from 'jose';
import { createMacSigner } from '../../keys/mac-signer.ts';
import { createInternalSigner } from '../../keys/signer.ts';
import { createJwtWriter } from './signed-jwt.ts';

const claims = { sub: 'Zoë', roles: ['a', 'b'] };
const isUtf8Json = (payload: Uint8Array) =>
  assert.deepEqual(JSON.parse(Buffer.from(payload).toString()), claims);

test('a JWT names its type, its algorithm and its key, and verifies', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const token = await createJwtWriter('at+jwt')(
    createInternalSigner({ algorithm: 'ES256', kid: 'k', privateKey }),
    claims,
  );
  assert.match(token, /^[\w-]+\.[\w-]+\.[\w-]+$/);
  const { payload, protectedHeader } = await compactVerify(token, publicKey);
  assert.deepEqual(protectedHeader, { alg: 'ES256', typ: 'at+jwt', kid: 'k' });
  isUtf8Json(payload);
});

test('under a shared secret there is no kid', async () => {
  const secret = 'x'.repeat(32);
  const token = await createJwtWriter('JWT')(createMacSigner(secret, 'HS256'), claims);
  const { payload, protectedHeader } = await compactVerify(token, Buffer.from(secret));
  assert.deepEqual(protectedHeader, { alg: 'HS256', typ: 'JWT' });
  isUtf8Json(payload);
});

test('a header is made once for each signer, and each writer and signer has its own', async () => {
  let made = 0;
  const signerNamed = (kid: string) => ({
    algorithm: 'none',
    get kid() {
      made += 1;
      return kid;
    },
    sign: () => Buffer.alloc(0),
  });
  const [one, two] = [signerNamed('one'), signerNamed('two')];
  const write = createJwtWriter('a');
  const headers = [];
  for (const signer of [one, two, one]) headers.push(decodeProtectedHeader(await write(signer, {})));
  assert.equal(made, 2);
  headers.push(decodeProtectedHeader(await createJwtWriter('b')(one, {})));
  assert.deepEqual(
    headers.map(({ typ, kid }) => [typ, kid]),
    [
      ['a', 'one'],
      ['a', 'two'],
      ['a', 'one'],
      ['b', 'one'],
    ],
  );
});
