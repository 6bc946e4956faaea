import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { operator } from '../../src/clients/policy.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { clientScopes, connectService } from '../connect/face.ts';
import { exchange } from '../fixtures/raw-http.ts';
import { bootstrap, startTestServer } from '../fixtures/running-server.ts';
import { send, sendForm, servicePath } from './attack.ts';

// against: administration/secrets
test('secrets and tokens are absent from logs, errors, audit and the database', async (context) => {
  const lines: string[] = [];
  const logger = createLogger({ level: 'debug', destination: { write: (line) => lines.push(line) } });
  const server = await startTestServer(context, { logger });
  const service = connectService(server, await server.bootstrapToken(clientScopes));
  const known: string[] = [bootstrap.secret, 'password-of-the-tests'];
  const answers: string[] = [];
  const { client } = await service.createClient({ name: 'Robot', hasSecret: true });
  assert.ok(client?.clientSecret);
  const { clientId } = client;
  const first = { id: clientId, secret: client.clientSecret };
  const { clientSecret = '' } = await service.regenerateSecret({ clientId, includeSecret: true });
  await service.getClient({ clientId, includeSecret: true });
  const second = { id: clientId, secret: clientSecret };
  known.push(first.secret, second.secret);
  for (const accessTokenFormat of ['jwt', 'opaque'] as const) {
    const patch = () => ({ accessTokenFormat });
    await server.registry.update({ actor: operator, face: 'cli', requestId: 'test', id: clientId, patch });
    const { access_token: token } = (await (await server.requestToken(second)).json()) as {
      access_token: string;
    };
    known.push(token);
    const authorization = `Basic ${btoa(`${second.id}:${second.secret}`)}`;
    const asking = [
      sendForm(server, '/oauth/introspect', { token: `${token}x` }, authorization),
      sendForm(server, '/oauth/revoke', { token }, authorization),
      sendForm(server, '/oauth/token', { grant_type: token }, authorization),
      sendForm(
        server,
        '/oauth/token',
        { grant_type: 'client_credentials', scope: second.secret },
        authorization,
      ),
      sendForm(server, '/oauth/token', { grant_type: 'client_credentials', resource: token }, authorization),
      sendForm(server, '/oauth/token', { client_id: token }, `Basic ${second.secret}`),
      sendForm(
        server,
        `/oauth/token?access_token=${token}`,
        { client_secret: second.secret },
        `Bearer ${token}`,
      ),
      send(server, `/oauth/${token}`, { method: 'GET', headers: { cookie: token } }),
      send(server, `${servicePath}/ListClients?access_token=${token}`, {
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ applicationId: [token, second.secret] }),
      }),
      exchange(server.port, `GET /${token} HTTP/9\r\n${second.secret}\r\n\r\n`),
    ];
    // What the caller itself sent in the scope parameter is named to it; nothing else is.
    const texts = await Promise.all(asking);
    answers.push(
      ...texts
        .filter((_, index) => index !== 3)
        .map((answer) => (typeof answer === 'string' ? answer : answer.text)),
    );
  }
  await server.stop('so that everything is written');
  const atRest = await server.database.atRest();
  for (const secret of known) {
    assert.ok(!lines.some((line) => line.includes(secret)), `in the log: ${secret}`);
    assert.ok(!answers.some((answer) => answer.includes(secret)), `in an answer: ${secret}`);
    assert.ok(!atRest.includes(secret), `at rest: ${secret}`);
  }
});

// against: operations/defaults
test('no secret is a default: every installation makes its own', async (context) => {
  const made = [];
  for (let installation = 0; installation < 2; installation++) {
    const server = await startTestServer(context, {
      env: {
        CLIENTELE_BOOTSTRAP_CLIENT_ID: undefined,
        CLIENTELE_BOOTSTRAP_CLIENT_SECRET: undefined,
        CLIENTELE_ADMIN_PASSWORD: undefined,
      },
    });
    const file = readFileSync(join(server.dataDirectory, 'bootstrap.json'), 'utf8');
    const { clientId, clientSecret, adminPassword } = JSON.parse(file);
    const { keys } = JSON.parse((await send(server, '/oauth/jwks', { method: 'GET' })).text);
    made.push(clientId, clientSecret, adminPassword, ...keys.map(({ kid }: { kid: string }) => kid));
    assert.equal((await server.requestToken({ id: clientId, secret: clientSecret })).status, 200);
  }
  assert.equal(new Set(made).size, made.length);
  assert.ok(made.every((value) => typeof value === 'string' && value.length >= 32));
});
