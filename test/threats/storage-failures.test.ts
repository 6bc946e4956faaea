import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientScopes, connectService } from '../connect/face.ts';
import { outcomeOf } from '../connect/world.ts';
import { startTestServer, type TestServer } from '../fixtures/running-server.ts';
import { formRoutes, send, sendForm } from './attack.ts';

/** Takes a table away from the running server, as a database that was restored wrongly would. */
async function without(server: TestServer, table: string, run: () => Promise<void>): Promise<void> {
  const gone = `${table}_gone`;
  await server.database.renameTable(table, gone);
  await run();
  await server.database.renameTable(gone, table);
}

// against: operations/health
test('health says not ready while storage is not, and the server stays live', async (context) => {
  const server = await startTestServer(context);
  const ask = (path: string) => send(server, path, { method: 'GET' });
  // What a check has found is told again for a second.
  const askUntil = async (expected: number) => {
    for (;;) {
      const { status, text } = await ask('/health/ready');
      if (status === expected) return text;
    }
  };
  await askUntil(200);
  await without(server, 'revisions', async () => {
    const text = await askUntil(503);
    assert.deepEqual(JSON.parse(text), {
      status: 'not-ready',
      checks: { storage: 'failing', process: 'ok' },
    });
    assert.equal((await ask('/health/live')).status, 200);
  });
  await askUntil(200);
});

// against: tokens/revocation
test('a failure of the storage is a server error that tells nothing, at every endpoint; revocation is never 200', async (context) => {
  const server = await startTestServer(context);
  const token = await server.bootstrapToken(clientScopes);
  await without(server, 'clients', async () => {
    for (const path of formRoutes) {
      const { status, text } = await sendForm(server, path, { grant_type: 'client_credentials', token });
      assert.equal(status, 500);
      assert.deepEqual(Object.keys(JSON.parse(text)), ['error', 'error_description']);
      assert.doesNotMatch(text, /sql|table|clients/i);
    }
    assert.equal(await outcomeOf(connectService(server, token).listClients({})), 'internal');
  });
  await without(server, 'denied_tokens', async () => {
    const { status } = await sendForm(server, '/oauth/revoke', { token });
    assert.equal(status, 500);
  });
  assert.equal(JSON.parse((await sendForm(server, '/oauth/introspect', { token })).text).active, true);
});
