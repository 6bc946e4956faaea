import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectService } from '../connect/face.ts';
import { bootstrap } from '../fixtures/running-server.ts';
import { temporaryDirectory } from '../fixtures/temporary-directory.ts';
import { startCollector } from '../operations/collector.ts';
import { bootstrapToken, chosen, requestToken, serve, stop } from '../operator/server-process.ts';
import { basic, form } from './attack.ts';

// against: administration/traces
test('secrets, tokens and what was sent with them are absent from traces', async (context) => {
  const { received, endpoint } = await startCollector(context);
  const settings = { ...chosen, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint };
  const serving = await serve(context, temporaryDirectory(context), settings);
  const { port, issuer } = serving;
  const token = await bootstrapToken(port);
  const service = connectService(serving, token);
  const { client } = await service.createClient({ name: 'Name-of-the-tests', hasSecret: true });
  assert.ok(client?.clientSecret);
  const { clientId, clientSecret } = client;
  const { clientSecret: current = '' } = await service.regenerateSecret({ clientId, includeSecret: true });
  const { access_token: own } = (await (await requestToken(port, clientId, current, '')).json()) as {
    readonly access_token: string;
  };
  await requestToken(port, clientId, clientSecret);
  const wrong = 'wrong-secret-of-the-tests';
  const headers = { 'content-type': form, authorization: basic, cookie: `a=${own}`, baggage: `a=${own}` };
  for (const path of [
    '/oauth/token',
    '/oauth/introspect',
    '/oauth/revoke',
    `/oauth/${own}`,
    '/api/clients',
  ]) {
    const body = `token=${own}&client_secret=${wrong}&grant_type=${own}`;
    await (await fetch(`${issuer}${path}?access_token=${own}`, { method: 'POST', headers, body })).text();
  }
  await stop(serving);
  assert.match(received.join('\n'), /oauth\/token/);
  const secrets = [bootstrap.secret, basic.slice('Basic '.length), token, clientSecret, current, own, wrong];
  for (const secret of [...secrets, 'Name-of-the-tests']) {
    assert.ok(secret.length > 10);
    assert.deepEqual(
      received.filter((each) => each.includes(secret)),
      [],
      secret,
    );
  }
});
