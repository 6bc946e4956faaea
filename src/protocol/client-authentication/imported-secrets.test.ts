import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { type ProtocolServer, startProtocolServer } from '../../../test/fixtures/protocol-server.ts';

let server: ProtocolServer;
before(async () => {
  server = await startProtocolServer();
});
after(() => server[Symbol.asyncDispose]());

const text = 'the secret that another server kept';
const digest = `{SHA256}${createHash('sha256').update(text).digest('base64')}`;

async function importClient() {
  const { client } = await server.register(
    {},
    { verifier: { algorithm: 'imported', digest }, sealed: null, hint: '' },
  );
  const ask = async (secret: string): Promise<number> => {
    const form = { grant_type: 'client_credentials', client_id: client.id, client_secret: secret };
    return (await server.post('/oauth/token', form)).status;
  };
  const stored = async () => (await server.stores.clients.load(client.id))?.secrets[0];
  return { ask, stored };
}

test('an imported secret is accepted, and from then on recognised as all others are', async () => {
  const { ask, stored } = await importClient();
  assert.equal(await ask('another secret'), 401);
  assert.equal((await stored())?.verifier.algorithm, 'imported');
  assert.equal(await ask(text), 200);
  const adopted = await stored();
  assert.equal(adopted?.verifier.algorithm, 'hmac-sha256');
  assert.notEqual(adopted?.sealed, null);
  assert.equal(adopted?.hint, text.slice(0, 5));
  assert.equal(await ask(text), 200);
  assert.equal(await ask('another secret'), 401);
});

test('requests that come first together are all accepted', async () => {
  const { ask, stored } = await importClient();
  const statuses = await Promise.all(Array.from({ length: 20 }, () => ask(text)));
  assert.deepEqual(new Set(statuses), new Set([200]));
  assert.equal((await stored())?.verifier.algorithm, 'hmac-sha256');
});
