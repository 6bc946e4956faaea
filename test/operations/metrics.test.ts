import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createClient } from '@connectrpc/connect';
import { ClientsService } from '../../src/gen/xeonr/auth/api/v1/clients_service_pb.ts';
import { type MetricDescription, metricTable } from '../../src/observability/metrics/metric-table.ts';
import { openOn, pathOf, unknownId } from '../clients-api/world.ts';
import { clientScopes, connectService, grpcTransport } from '../connect/face.ts';
import { exchange } from '../fixtures/raw-http.ts';
import { bootstrap, startTestServer, type TestServerOptions } from '../fixtures/running-server.ts';
import { temporaryDirectory } from '../fixtures/temporary-directory.ts';
import { scrape, scrapeUntil } from './scrape.ts';

const requests = 'clientele_http_requests_total';
const canary = 'cls_canary-secret-that-nobody-may-see';

/** A server whose file says `text`. */
async function startWith(
  context: TestContext,
  text: string,
  { env = {}, ...options }: Pick<TestServerOptions, 'env' | 'milliseconds'> = {},
) {
  const folder = temporaryDirectory(context);
  const file = join(folder, 'clientele.yaml');
  writeFileSync(join(folder, 'token'), 'the-token-of-the-scraper\n');
  writeFileSync(file, text);
  return startTestServer(context, { env: { ...env, CLIENTELE_CONFIG: file }, ...options });
}

test('every metric of the table is served, with exactly its labels, in the text format, and nobody may keep it', async (context) => {
  const server = await startTestServer(context);
  await server.bootstrapToken('login');
  const response = await fetch(`${server.issuer}/metrics`);
  assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  assert.equal(response.headers.get('cache-control'), 'no-store');
  const { text, lines } = await scrape(server);
  for (const { name, type, labels } of Object.values<MetricDescription>(metricTable)) {
    assert.ok(text.includes(`# TYPE ${name} ${type}\n`), name);
    const own = new Set([name, ...['bucket', 'sum', 'count'].map((suffix) => `${name}_${suffix}`)]);
    for (const line of lines.filter((candidate) => own.has(candidate.name))) {
      const { le, ...others } = line.labels;
      assert.equal(le !== undefined, line.name.endsWith('_bucket'), line.name);
      assert.deepEqual(Object.keys(others).toSorted(), Object.keys(labels).toSorted(), line.name);
    }
  }
});

test('requests are counted and timed by route, method and outcome', async (context) => {
  const server = await startTestServer(context);
  const labels = { route: '/oauth/token', method: 'POST' };
  await server.requestToken(bootstrap);
  await server.requestToken(bootstrap);
  await server.requestToken({ id: bootstrap.id, secret: canary });
  await fetch(`${server.issuer}/no/such/path`);
  const { measured, lines } = await scrapeUntil(server, (found) => found.measured(requests) >= 4);
  assert.equal(measured(requests, { ...labels, status: '2xx', outcome: 'ok' }), 2);
  assert.equal(measured(requests, { ...labels, status: '4xx', outcome: 'refused' }), 1);
  assert.equal(measured(requests, { route: 'unmatched', method: 'GET', status: '4xx' }), 1);
  assert.equal(measured('clientele_http_request_duration_seconds_count', labels), 3);
  const total = measured('clientele_http_request_duration_seconds_sum', labels);
  assert.ok(total > 0);
  const buckets = lines.filter(
    (line) =>
      line.name === 'clientele_http_request_duration_seconds_bucket' && line.labels['route'] === labels.route,
  );
  assert.deepEqual(
    buckets.map(({ value }) => value),
    buckets.map(({ value }) => value).toSorted((a, b) => a - b),
  );
  assert.equal(buckets.at(-1)?.labels['le'], '+Inf');
  assert.equal(buckets.at(-1)?.value, 3);
});

test('tokens are counted by grant and format, refusals by endpoint and error', async (context) => {
  const server = await startTestServer(context);
  const world = await openOn(server);
  const issued = (format: string) => ({ grant: 'client_credentials', format });
  await server.bootstrapToken('login');
  const { id, secret } = await world.create({ supported_grant_types: ['client_credentials'] });
  const service = connectService(server, await server.bootstrapToken(clientScopes));
  assert.equal((await service.getClient({ clientId: id })).client?.clientId, id);
  await server.requestToken({ id, secret: canary });
  await server.requestToken({ id, secret }, { grant_type: canary });
  const { measured, text } = await scrape(server);
  assert.equal(measured('clientele_tokens_issued_total', issued('jwt')), 3);
  const refusals = 'clientele_oauth_refusals_total';
  assert.equal(measured(refusals, { route: '/oauth/token', error: 'invalid_client' }), 1);
  assert.equal(measured(refusals, { route: '/oauth/token', error: 'unsupported_grant_type' }), 1);
  assert.ok(!text.includes(canary));
});

test('writes of the registry are counted by operation, face and outcome; reads are not', async (context) => {
  const server = await startTestServer(context);
  const world = await openOn(server);
  const { id } = await world.create();
  await world.read(id);
  await world.change(id, { name: 'another' });
  await world.call('DELETE', pathOf(unknownId));
  const service = connectService(server, await server.bootstrapToken(clientScopes));
  await service.deleteClient({ clientId: id });
  const { measured, lines } = await scrape(server);
  const writes = 'clientele_registry_writes_total';
  assert.equal(measured(writes, { operation: 'create', face: 'clients-api', outcome: 'done' }), 1);
  assert.equal(measured(writes, { operation: 'updateAndReveal', face: 'clients-api', outcome: 'done' }), 1);
  assert.equal(measured(writes, { operation: 'remove', face: 'clients-api', outcome: 'not_found' }), 1);
  assert.equal(measured(writes, { operation: 'remove', face: 'connect', outcome: 'done' }), 1);
  const operations = new Set(
    lines.filter(({ name }) => name === writes).map(({ labels }) => labels['operation']),
  );
  for (const read of ['get', 'describe', 'list', 'findPublic', 'readSecret', 'reveal']) {
    assert.ok(!operations.has(read), read);
  }
});

test('operations of stores and sizes of batches are measured, on whichever driver', async (context) => {
  const server = await startTestServer(context);
  const before = await scrape(server);
  await Promise.all(Array.from({ length: 20 }, () => server.bootstrapToken('login')));
  const { measured } = await scrape(server);
  const grown = (name: string, labels: Readonly<Record<string, string>>) =>
    measured(name, labels) - before.measured(name, labels);
  const load = { operation: 'clients.load' };
  assert.equal(grown('clientele_store_operation_duration_seconds_count', load), 20);
  const batches = grown('clientele_store_batch_calls_count', { kind: 'read' });
  const calls = grown('clientele_store_batch_calls_sum', { kind: 'read' });
  assert.ok(batches > 0 && batches <= calls);
  assert.ok(calls >= 20, String(calls));
  assert.ok(measured('clientele_store_batch_calls_count', { kind: 'write' }) > 0);
});

test('calls on the port of gRPC are counted by their own code, since their status is always 200', async (context) => {
  const server = await startTestServer(context);
  const service = createClient(ClientsService, grpcTransport(server, canary));
  await assert.rejects(service.getClient({ clientId: unknownId }));
  const { measured, text } = await scrapeUntil(server, (found) => found.text.includes('GetClient'));
  const route = '/xeonr.auth.api.v1.ClientsService/GetClient';
  assert.equal(measured(requests, { route, method: 'POST', status: '2xx', outcome: 'refused' }), 1);
  assert.ok(!text.includes(canary));
});

test('what callers make up never becomes a label: ids, paths, methods, versions', async (context) => {
  const server = await startTestServer(context);
  const world = await openOn(server);
  const made = 'made-up-by-the-caller';
  await world.call('GET', pathOf(unknownId));
  await world.call('GET', pathOf(made));
  await world.call('PATCH', `/api/${made}`, {});
  await fetch(`${server.issuer}/${made}?code=${canary}`, { headers: { [made]: canary } });
  await fetch(`${server.issuer}/%`, { method: 'PUT', body: canary });
  const refused = await exchange(
    server.port,
    `PROPFIND /${made} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`,
  );
  assert.match(refused, /^HTTP\/1\.1 40/);
  const { text, measured } = await scrapeUntil(server, (found) => found.text.includes('_OTHER'));
  assert.ok(measured(requests, { route: '/api/clients/:client_id', method: 'GET' }) >= 2);
  for (const secret of [made, unknownId, canary, 'PROPFIND', bootstrap.id, bootstrap.secret, world.token]) {
    assert.ok(!text.includes(secret), secret);
  }
});

test('with a token in the file only its bearer reads the metrics', async (context) => {
  const server = await startWith(context, 'server: {metrics: {tokenFile: token}}');
  const ask = (authorization?: string) =>
    fetch(`${server.issuer}/metrics`, { headers: authorization === undefined ? {} : { authorization } });
  const wrong = [
    undefined,
    'Bearer',
    'Bearer another-token-of-a-scraper',
    'Bearer the-token-of-the-scraper2',
    'Basic the-token-of-the-scraper',
    'the-token-of-the-scraper',
  ];
  for (const authorization of wrong) {
    const refused = await ask(authorization);
    assert.equal(refused.status, 401, String(authorization));
    assert.equal(refused.headers.get('www-authenticate'), 'Bearer realm="metrics"');
    assert.equal(refused.headers.get('cache-control'), 'no-store');
    assert.doesNotMatch(await refused.text(), /clientele_/);
  }
  const answer = await ask('bearer the-token-of-the-scraper');
  assert.equal(answer.status, 200);
  assert.doesNotMatch(await answer.text(), /the-token-of-the-scraper/);
});

// against: operations/limits
test('who asks for the metrics too often, or tries tokens, is refused, and no other address is', async (context) => {
  const rates = 'metrics: {perAddress: {perSecond: 1, burst: 3}}';
  const failures = 'failedAuthentications: {perAddress: {perMinute: 6, burst: 2}}';
  const text = `server: {metrics: {tokenFile: token}, rateLimits: {${rates}, ${failures}}}`;
  const clock = { now: 1_000_000 };
  const server = await startWith(context, text, {
    env: { CLIENTELE_TRUSTED_PROXIES: '127.0.0.1' },
    milliseconds: () => clock.now,
  });
  const ask = async (from: string, token: string) => {
    const headers = { authorization: `Bearer ${token}`, 'x-forwarded-for': from };
    const { status, headers: answered } = await fetch(`${server.issuer}/metrics`, { headers });
    return [status, answered.get('retry-after'), answered.get('cache-control')];
  };
  const right = 'the-token-of-the-scraper';
  const [ok, unauthorized] = [200, 401].map((status) => [status, null, 'no-store']);
  for (let times = 0; times < 3; times += 1) assert.deepEqual(await ask('192.0.2.1', right), ok);
  assert.deepEqual(await ask('192.0.2.1', right), [429, '1', 'no-store']);
  for (let times = 0; times < 2; times += 1) assert.deepEqual(await ask('192.0.2.2', canary), unauthorized);
  assert.deepEqual(await ask('192.0.2.2', right), [429, '10', 'no-store']);
  assert.deepEqual(await ask('192.0.2.3', right), ok);
  clock.now += 10_000;
  assert.deepEqual(await ask('192.0.2.1', right), ok);
  assert.deepEqual(await ask('192.0.2.2', right), ok);
});

test('metrics that are switched off are not served, and a token that cannot be read keeps the server from starting', async (context) => {
  const server = await startWith(context, 'server: {metrics: {enabled: false}}');
  assert.equal((await fetch(`${server.issuer}/metrics`)).status, 404);
  assert.equal((await server.requestToken(bootstrap)).status, 200);
  await assert.rejects(startWith(context, 'server: {metrics: {tokenFile: nowhere}}'), (error: Error) => {
    assert.match(JSON.stringify(error), /server\.metrics\.tokenFile/);
    return true;
  });
});

test('the metrics are answered while the storage fails, and count its failures', async (context) => {
  const server = await startTestServer(context);
  const labels = { operation: 'clients.load' };
  assert.equal((await scrape(server)).measured('clientele_store_failures_total', labels), 0);
  await server.database.renameTable('client_secrets', 'secrets_gone');
  assert.equal((await server.requestToken(bootstrap)).status, 500);
  const { measured } = await scrapeUntil(server, (found) => found.measured(requests, { status: '5xx' }) > 0);
  assert.equal(measured('clientele_store_failures_total', labels), 1);
  assert.equal(measured(requests, { route: '/oauth/token', status: '5xx', outcome: 'failed' }), 1);
  await server.database.renameTable('secrets_gone', 'client_secrets');
});
