import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/kernel/encoding.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { builtIn, ec, pathOf } from '../clients-api/world.ts';
import { startTestServer } from '../fixtures/running-server.ts';
import { administrationScopes, isRefusal, send } from './attack.ts';

// against: administration/secrets
test('through the clients API a secret stands in the answers that are about its client alone, and a private key nowhere', async (context) => {
  const lines: string[] = [];
  const logger = createLogger({ level: 'debug', destination: { write: (line) => lines.push(line) } });
  const server = await startTestServer(context, { logger });
  const authorization = `Bearer ${await server.bootstrapToken(administrationScopes)}`;
  const answers: string[] = [];
  const call = async (method: string, path: string, body?: string | object) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const headers = { authorization, ...(body !== undefined && { 'content-type': 'application/json' }) };
    const answer = await send(server, path, { method, headers, ...(text !== undefined && { body: text }) });
    answers.push(answer.text);
    return answer;
  };
  const change = async (id: string, client: object): Promise<JsonObject> =>
    JSON.parse((await call('PATCH', pathOf(id), { client })).text).data;

  const fields = { key_pair_type: ec, identity_provider: builtIn };
  const { data } = JSON.parse((await call('POST', '/api/clients', { client: fields })).text);
  const chosen = 'chosen-by-the-caller-'.padEnd(80, 'x');
  assert.equal((await change(data.id, { secret: chosen }))['secret'], chosen);
  await call('POST', pathOf(data.id, 'regenerate_key_pair'));
  const known: readonly string[] = [data.secret, chosen];

  answers.length = 0;
  await call('GET', '/api/clients');
  await call('GET', '/api/scopes');
  await call('GET', `/auth/api/login/client/${data.id}`);
  await call('GET', `/auth/api/login/client/${data.id}/client-secret`);
  await call('GET', '/oauth/jwks');
  const refusals = [
    call('PATCH', pathOf(data.id), { client: { secret: `${chosen}\u0007` } }),
    call('PATCH', pathOf(data.id), { client: { secret: chosen, token_endpoint_jwt_auth_alg: chosen } }),
    call('PATCH', pathOf(data.id), {
      client: { supported_grant_types: [chosen], authorized_scopes: [{ name: chosen }] },
    }),
    call('PATCH', pathOf(data.id), `{"client":{"secret":"${chosen}"`),
    call('GET', pathOf(chosen)),
    call('POST', '/api/scopes', { scope: { name: 'admin', label: chosen } }),
  ];
  for (const { status, text } of await Promise.all(refusals)) assert.ok(isRefusal(status), text);
  await call('DELETE', pathOf(data.id));
  await server.stop('so that everything is written');

  const atRest = await server.database.atRest();
  for (const secret of known) {
    assert.ok(!lines.some((line) => line.includes(secret)), `in the log: ${secret}`);
    assert.deepEqual(
      answers.filter((answer) => answer.includes(secret)),
      [],
    );
    assert.ok(!atRest.includes(secret), `at rest: ${secret}`);
  }
  const everything = [...lines, ...answers, atRest.toString('latin1')].join('\n');
  assert.doesNotMatch(everything, /PRIVATE KEY|"d":\s*"/);
});
