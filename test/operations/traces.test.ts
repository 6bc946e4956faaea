import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createClient } from '@connectrpc/connect';
import { ClientsService } from '../../src/gen/xeonr/auth/api/v1/clients_service_pb.ts';
import { builtIn, ec } from '../clients-api/world.ts';
import { grpcTransport } from '../connect/face.ts';
import { bootstrap } from '../fixtures/running-server.ts';
import { temporaryDirectory } from '../fixtures/temporary-directory.ts';
import { bootstrapToken, chosen, entry, requestToken, serve, stop } from '../operator/server-process.ts';
import { type ReceivedSpan, startCollector } from './collector.ts';
import { scrape } from './scrape.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const callerSpanId = 'b7ad6b7169203331';
const traceparent = `00-${traceId}-${callerSpanId}-01`;

/** Spans leave soon, so that no test has to wait. */
const soon = { OTEL_BSP_SCHEDULE_DELAY: '50' } as const;

const serveWith = (context: TestContext, settings: Readonly<Record<string, string>>) =>
  serve(context, temporaryDirectory(context), { ...chosen, ...settings });

const named = (spans: readonly ReceivedSpan[], name: string): ReceivedSpan =>
  spans.find((span) => span.name === name) ?? assert.fail(`${name}: ${spans.map((span) => span.name)}`);

async function managementToken(port: number): Promise<string> {
  const response = await requestToken(port, bootstrap.id, bootstrap.secret, 'clients:manage:all');
  return ((await response.json()) as { access_token: string }).access_token;
}

test('a change is one trace from the caller through face and registry to the statements', async (context) => {
  const collector = await startCollector(context);
  const server = await serveWith(context, {
    ...soon,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    OTEL_SERVICE_NAME: 'issuer-of-the-shop',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=tests',
    OTEL_EXPORTER_OTLP_HEADERS: 'x-collector-key=key-of-the-collector',
  });
  const authorization = `Bearer ${await managementToken(server.port)}`;
  const answer = await fetch(`http://127.0.0.1:${server.port}/api/clients`, {
    method: 'POST',
    headers: { authorization, traceparent, 'content-type': 'application/json' },
    body: JSON.stringify({
      client: {
        redirect_uris: ['https://shop.example/'],
        key_pair_type: ec,
        identity_provider: { id: builtIn.id },
      },
    }),
  });
  assert.equal(answer.status, 201);
  const route = 'POST /api/clients';
  await collector.until((spans) => spans.some(({ name }) => name === route));

  const spans = collector.spans.filter((span) => span.traceId === traceId);
  const face = named(spans, route);
  const registry = named(spans, 'registry.create');
  const ofRegistry = spans.filter(({ parentSpanId }) => parentSpanId === registry.spanId);
  assert.equal(face.parentSpanId, callerSpanId);
  assert.equal(registry.parentSpanId, face.spanId);
  assert.equal(registry.attributes['clientele.face'], 'clients-api');
  assert.ok(named(ofRegistry, 'clients.insert'));
  for (const { name, attributes } of ofRegistry) {
    assert.match(name, /^[a-zA-Z]+\.[a-zA-Z]+$/);
    assert.equal(attributes['db.operation.name'], name);
  }
  assert.equal(face.attributes['http.route'], '/api/clients');
  assert.equal(face.attributes['http.response.status_code'], answer.status);
  assert.equal(face.attributes['clientele.request_id'], answer.headers.get('x-request-id'));
  assert.equal(face.resource['service.name'], 'issuer-of-the-shop');
  assert.equal(face.resource['deployment.environment.name'], 'tests');
  assert.ok(collector.received.some((text) => text.includes('"x-collector-key":"key-of-the-collector"')));
  await stop(server);
});

/** A token request whose body is sent when the server has begun with its headers. */
async function requestTokenSlowly(port: number): Promise<number | undefined> {
  const asking = request({
    port,
    host: '127.0.0.1',
    path: '/oauth/token',
    method: 'POST',
    headers: {
      authorization: `Basic ${btoa(`${bootstrap.id}:${bootstrap.secret}`)}`,
      'content-type': 'application/x-www-form-urlencoded',
      expect: '100-continue',
    },
  });
  await once(asking, 'continue');
  asking.end('grant_type=client_credentials');
  const [answer] = (await once(asking, 'response')) as [IncomingMessage];
  await once(answer.resume(), 'end');
  return answer.statusCode;
}

test('a request is the parent of its statements though its body comes later, and spans are flushed at the stop', async (context) => {
  const collector = await startCollector(context);
  const server = await serveWith(context, {
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.endpoint}/v1/traces`,
    OTEL_BSP_SCHEDULE_DELAY: '3600000',
  });
  assert.deepEqual(await Promise.all([1, 2, 3].map(() => requestTokenSlowly(server.port))), [200, 200, 200]);
  assert.equal(collector.received.length, 0);
  await stop(server);
  const requests = collector.spans.filter(({ name }) => name === 'POST /oauth/token');
  assert.equal(new Set(requests.map((span) => span.traceId)).size, 3);
  for (const { spanId, parentSpanId, attributes } of requests) {
    assert.equal(parentSpanId ?? '', '');
    assert.equal(attributes['http.response.status_code'], 200);
    const statements = collector.spans.filter((span) => span.parentSpanId === spanId).map(({ name }) => name);
    assert.ok(statements.includes('clients.load'), String(statements));
  }
});

test('calls over Connect and gRPC are traced by their method, and a refusal by its code', async (context) => {
  const collector = await startCollector(context);
  const server = await serveWith(context, {
    ...soon,
    CLIENTELE_GRPC_PORT: '0',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
  });
  const token = await bootstrapToken(server.port);
  const service = createClient(ClientsService, grpcTransport({ grpcPort: server.grpcPort }, token));
  await service.listClients({});
  await assert.rejects(service.getClient({ clientId: '00000000-0000-4000-8000-000000000000' }));
  const route = '/xeonr.auth.api.v1.ClientsService';
  await collector.until((spans) => spans.filter(({ name }) => name.includes(route)).length === 2);
  const list = named(collector.spans, `POST ${route}/ListClients`);
  const registry = named(collector.spans, 'registry.list');
  assert.equal(registry.parentSpanId, list.spanId);
  const refused = named(collector.spans, `POST ${route}/GetClient`);
  assert.equal(refused.attributes['error.type'], 'not_found');
  assert.equal(named(collector.spans, 'registry.get').attributes['clientele.outcome'], 'not_found');
  await stop(server);
});

test('no secret, token, query or body reaches a span or the metrics', async (context) => {
  const collector = await startCollector(context);
  const server = await serveWith(context, { ...soon, OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint });
  const canary = 'canary-that-no-operator-may-read';
  const origin = `http://127.0.0.1:${server.port}`;
  const token = await managementToken(server.port);
  const json = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  await requestToken(server.port, bootstrap.id, canary);
  await requestToken(server.port, canary, canary, canary);
  await fetch(`${origin}/oauth/introspect?token=${canary}`, {
    method: 'POST',
    body: new URLSearchParams({ token: canary }),
  });
  await fetch(`${origin}/api/clients/${canary}?${canary}=${canary}`, {
    headers: { authorization: `Bearer ${canary}` },
  });
  await fetch(`${origin}/api/clients`, {
    method: 'POST',
    headers: json,
    body: `{"client":{"name":"${canary}","secret":"${canary}"}}`,
  });
  await fetch(`${origin}/${canary}`, {
    headers: { traceparent: canary, tracestate: `a=${canary}`, baggage: `a=${canary}`, cookie: canary },
  });
  const { text } = await scrape(server);
  await stop(server);
  assert.ok(collector.spans.length > 10);
  const everything = [...collector.received, text].join('\n');
  for (const secret of [canary, token, bootstrap.secret, btoa(`${bootstrap.id}:${bootstrap.secret}`)]) {
    assert.ok(!everything.includes(secret), secret);
  }
});

test('switched off, or with a sampler that takes none, nothing goes anywhere', async (context) => {
  const collector = await startCollector(context);
  const offs: readonly Readonly<Record<string, string>>[] = [
    { ...soon, OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_SDK_DISABLED: 'true' },
    { ...soon, OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_TRACES_SAMPLER: 'always_off' },
  ];
  for (const settings of offs) {
    const server = await serveWith(context, settings);
    assert.equal((await requestToken(server.port, bootstrap.id, bootstrap.secret)).status, 200);
    await stop(server);
  }
  assert.deepEqual(collector.received, []);
});

test('a collector that cannot be reached, or never answers, holds up nothing and is in the log once', async (context) => {
  const silent = createServer(() => {});
  await once(silent.listen(0, '127.0.0.1'), 'listening');
  const { port } = silent.address() as AddressInfo;
  context.after(() => silent.close());
  for (const endpoint of ['http://127.0.0.1:1', `http://127.0.0.1:${port}`]) {
    const server = await serveWith(context, {
      ...soon,
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_EXPORTER_OTLP_TIMEOUT: '200',
    });
    assert.equal((await requestToken(server.port, bootstrap.id, bootstrap.secret)).status, 200);
    await entry(server.program, 'traces were not delivered');
    assert.equal((await requestToken(server.port, bootstrap.id, bootstrap.secret)).status, 200);
    await stop(server);
    assert.equal(server.program.output().split('traces were not delivered').length, 2);
  }
});
