import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aClient } from '../../../test/fixtures/storage-entries.ts';
import type { TokenSigner } from './token-signer.ts';
import { createUserinfoJwts } from './userinfo-jwt.ts';

const issuer = 'https://issuer.example';
const alice = { sub: 'alice', name: 'Alice' };

/** Shows what it is asked to sign. */
const showing: Pick<TokenSigner, 'sign'> = {
  sign: async ({ client }, alg, claims) => JSON.stringify({ id: client.id, alg, claims }),
};
const { sign } = createUserinfoJwts({ issuer, signer: showing });

test('an answer is signed by the algorithm of userinfo, not of ID tokens', async () => {
  const client = aClient({ idTokenSignatureAlg: 'RS256', userinfoSignedResponseAlg: 'ES256' });
  assert.deepEqual(JSON.parse((await sign({ client, secrets: [] }, alice)) ?? ''), {
    id: client.id,
    alg: 'ES256',
    claims: { ...alice, iss: issuer, aud: client.id },
  });
});

test('without an algorithm nothing is signed', async () => {
  const client = aClient({ idTokenSignatureAlg: 'RS256', userinfoSignedResponseAlg: null });
  assert.equal(await sign({ client, secrets: [] }, alice), null);
});

test('claims cannot make it a token of another issuer, for another client, or an ID token', async () => {
  const client = aClient({ userinfoSignedResponseAlg: 'RS256' });
  const forged = { iss: 'https://evil.example', aud: 'other', exp: 4e9, iat: 1 };
  const { claims } = JSON.parse((await sign({ client, secrets: [] }, { ...alice, ...forged })) ?? '');
  assert.deepEqual(claims, { ...alice, iss: issuer, aud: client.id });
});

test('where it cannot be signed there is no answer', async () => {
  const refused = new Error('no');
  const failing = createUserinfoJwts({ issuer, signer: { sign: () => Promise.reject(refused) } });
  const client = aClient({ userinfoSignedResponseAlg: 'RS256' });
  await assert.rejects(failing.sign({ client, secrets: [] }, alice), (error) => error === refused);
});
