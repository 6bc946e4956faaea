import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compactVerify } from 'jose';
import { ClientKeyError } from './client-key.ts';
import { createMacSigner, isMacAlgorithm, type MacAlgorithm } from './mac-signer.ts';

const lengths: Readonly<Record<MacAlgorithm, number>> = { HS256: 32, HS384: 48, HS512: 64 };

for (const [algorithm, length] of Object.entries(lengths) as [MacAlgorithm, number][]) {
  test(`${algorithm} signs with a secret of ${length} octets, and refuses a shorter one`, async () => {
    const secret = 'é'.repeat(length / 2);
    const input = `${Buffer.from(JSON.stringify({ alg: algorithm })).toString('base64url')}.cGF5bG9hZA`;
    const { sign } = createMacSigner(secret, algorithm);
    const token = `${input}.${Buffer.from(sign(Buffer.from(input))).toString('base64url')}`;
    const { payload } = await compactVerify(token, Buffer.from(secret), { algorithms: [algorithm] });
    assert.equal(Buffer.from(payload).toString(), 'payload');
    assert.throws(
      () => createMacSigner('x'.repeat(length - 1), algorithm),
      (error) => error instanceof ClientKeyError && error.code === 'no-signer',
    );
  });
}

test('algorithms with a shared secret are told from all others', () => {
  for (const algorithm of Object.keys(lengths)) assert.ok(isMacAlgorithm(algorithm));
  for (const other of ['RS256', 'none', 'hs256', 'toString', '']) assert.ok(!isMacAlgorithm(other), other);
});
