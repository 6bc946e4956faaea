import assert from 'node:assert/strict';
import { verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { type SignerFault, startRemoteSigner, type TestSigner } from '../../test/fixtures/remote-signer.ts';
import { temporaryDirectory } from '../../test/fixtures/temporary-directory.ts';
import { readConfiguration } from '../config/configuration.ts';
import { createOperatorService } from '../egress/operator-service.ts';
import { randomUuid } from '../kernel/random.ts';
import { ClientKeyError } from './client-key.ts';
import { createRemoteSigner, type PostJson, type RemoteSigner } from './remote-signer.ts';

/** A signer with the server's side of it, as configured. */
interface Pair extends TestSigner {
  readonly post: PostJson;
  readonly remoteSigner: RemoteSigner;
}

async function start(context: TestContext): Promise<Pair> {
  const signer = await startRemoteSigner(context);
  const env = signer.configure(temporaryDirectory(context));
  const { egress, declarations } = readConfiguration({ env, readFile: readFileSync });
  const service = declarations.server.remoteSigner;
  assert.ok(service);
  const post = createOperatorService({ ...egress, ...service });
  return { ...signer, post, remoteSigner: createRemoteSigner({ post }) };
}

function isUnavailable(error: unknown): boolean {
  return error instanceof ClientKeyError && error.code === 'signer-unavailable';
}

test('a key is made, signs as its public key says, and is removed', async (context) => {
  const { remoteSigner, keys } = await start(context);
  const clientId = randomUuid();
  const { remoteId, publicKey } = await remoteSigner.generate(clientId);
  assert.equal(keys.get(remoteId)?.clientId, clientId);
  const data = Buffer.from('data');
  assert.ok(verify(null, data, publicKey, await remoteSigner.sign(remoteId, data)));

  await remoteSigner.remove(remoteId);
  assert.equal(keys.size, 0);
  await remoteSigner.remove(remoteId);
  await assert.rejects(remoteSigner.sign(remoteId, data), isUnavailable);
});

test('each key is asked for under an id of its own', async (context) => {
  const { remoteSigner, keys } = await start(context);
  const clientId = randomUuid();
  const made = await Promise.all([remoteSigner.generate(clientId), remoteSigner.generate(clientId)]);
  assert.equal(new Set(made.map(({ remoteId }) => remoteId)).size, 2);
  assert.equal(new Set([...keys.values()].map(({ requestId }) => requestId)).size, 2);
});

const faults: readonly SignerFault[] = [
  'server-error',
  'redirect',
  'wrong-content-type',
  'malformed',
  'oversized',
  'cut',
  'empty',
  'wrong-signature',
  'short-signature',
  'wrong-key-type',
  'other-key',
  'private-key',
  'short-key',
];

for (const fault of faults) {
  // against: egress/answers
  test(`no key is accepted of a signer with this fault: ${fault}`, async (context) => {
    const { remoteSigner, behave, requests } = await start(context);
    behave(fault);
    await assert.rejects(remoteSigner.generate(randomUuid()), isUnavailable);
    assert.ok(requests.every((path) => path === '/v1/generate-key' || path === '/v1/sign'));
    behave(null);
    await remoteSigner.generate(randomUuid());
  });
}

test('a signer that has another token answers nothing that is used', async (context) => {
  const { url, ca, keys } = await startRemoteSigner(context);
  const options = { allowLoopback: true, certificateAuthorities: ca };
  const post = createOperatorService({ ...options, url, token: 'another-token-of-someone' });
  await assert.rejects(createRemoteSigner({ post }).generate(randomUuid()), isUnavailable);
  assert.equal(keys.size, 0);
});

test('what is signed to prove possession is another text each time, and no token', async (context) => {
  const { post } = await start(context);
  const signed: string[] = [];
  const { generate } = createRemoteSigner({
    post: (path, body) => {
      if (path === '/v1/sign') signed.push(Buffer.from(String(body['data']), 'base64url').toString());
      return post(path, body);
    },
  });
  await generate(randomUuid());
  await generate(randomUuid());
  assert.equal(new Set(signed).size, 2);
  for (const text of signed) assert.match(text, /^clientele: proof of possession, [0-9a-f-]{36}$/);
});
