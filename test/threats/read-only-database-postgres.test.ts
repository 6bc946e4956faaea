import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtInIdentityProvider } from '../../src/identity-providers/identity-provider.ts';
import { startTestServer, type TestServer } from '../fixtures/running-server.ts';
import { send, sendForm } from './attack.ts';

/** What a server makes of a database whose disk is full, or that was demoted; the sessions of nodes begin anew. */
async function setReadOnly({ database }: TestServer, value: 'on' | 'off'): Promise<void> {
  await database.run(
    'set default_transaction_read_only = off',
    `do $$ begin
       execute format('alter database %I set default_transaction_read_only = ${value}', current_database());
     end $$`,
    `select pg_terminate_backend(pid, 10000) from pg_stat_activity
     where datname = current_database() and application_name = 'clientele'`,
  );
}

const shapes: Readonly<Record<string, readonly string[]>> = {
  '/oauth/revoke': ['error', 'error_description'],
  '/auth/api/login/client': ['statusCode', 'message', 'error'],
  '/api/clients': ['code', 'message'],
  '/xeonr.auth.api.v1.ClientsService/CreateClient': ['code', 'message'],
};

// against: tokens/revocation
test('while the database takes no writes, each face says in its words that it cannot, and what needs none goes on', async (context) => {
  const server = await startTestServer(context);
  const scope = 'oauth:clients:manage clients:manage:all login';
  const token = await server.bootstrapToken(scope);
  const bodies: Readonly<Record<string, object>> = {
    '/auth/api/login/client': { name: 'A client' },
    '/api/clients': {
      client: {
        key_pair_type: { type: 'ec', curve: 'P-256' },
        identity_provider: { id: builtInIdentityProvider.id },
      },
    },
    '/xeonr.auth.api.v1.ClientsService/CreateClient': { name: 'A client', hasSecret: true },
  };
  const post = (path: string) =>
    send(server, path, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(bodies[path]),
    });
  const write = (path: string) => (path in bodies ? post(path) : sendForm(server, path, { token }));

  await setReadOnly(server, 'on');
  for (const [path, shape] of Object.entries(shapes)) {
    const { status, text } = await write(path);
    assert.deepEqual([path, status, Object.keys(JSON.parse(text))], [path, 503, shape]);
    assert.doesNotMatch(text, /read-only|transaction|sql/i);
  }
  const fresh = await server.bootstrapToken(scope);
  assert.equal(JSON.parse((await sendForm(server, '/oauth/introspect', { token: fresh })).text).active, true);

  await setReadOnly(server, 'off');
  for (const path of Object.keys(bodies)) assert.ok((await write(path)).status < 300, path);
  assert.equal((await write('/oauth/revoke')).status, 200);
});
