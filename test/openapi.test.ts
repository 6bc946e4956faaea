import assert from 'node:assert/strict';
import { channel } from 'node:diagnostics_channel';
import { type TestContext, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { FastifyInstance } from 'fastify';
import { builtInScopes } from '../src/applications/scope.ts';
import { startDeclaring } from './connect/world.ts';
import {
  createSchemas,
  type MediaType,
  type OpenApiDocument,
  type Operation,
  readDocument,
} from './fixtures/documented-answers.ts';
import { openApiSchema } from './fixtures/openapi-schema.ts';
import { startTestServer, type TestServer } from './fixtures/running-server.ts';

/** Every operation of a document, with its method and path. */
function operationsOf({ paths }: OpenApiDocument): readonly (readonly [string, Operation])[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).flatMap(([method, operation]) =>
      method === 'parameters' ? [] : [[`${method.toUpperCase()} ${path}`, operation] as const],
    ),
  );
}

/** Every body that a document describes. */
function bodiesOf(document: OpenApiDocument): readonly (readonly [string, MediaType])[] {
  return operationsOf(document).flatMap(([name, { requestBody, responses }]) => {
    const described = [['request', requestBody] as const, ...Object.entries(responses)];
    return described.flatMap(([what, body]) =>
      Object.values(body?.content ?? {}).map((media) => [`${name} ${what}`, media] as const),
    );
  });
}

test('the document is OpenAPI 3.1', async (context) => {
  const document = await readDocument(await startTestServer(context));
  const ajv = new Ajv2020({ strict: true, allErrors: true, formats: { uri: (uri) => URL.canParse(uri) } });
  const validate = ajv.compile(openApiSchema);
  assert.ok(validate(document), JSON.stringify(validate.errors, null, 1));
});

test('names of operations are unique, references lead somewhere, and paths name their parameters', async (context) => {
  const document = await readDocument(await startTestServer(context));
  const ids = operationsOf(document).map(([, { operationId }]) => operationId);
  assert.equal(new Set(ids).size, ids.length);
  for (const [reference] of JSON.stringify(document).matchAll(/(?<="\$ref":")[^"]+/g)) {
    const name = reference.replace('#/components/schemas/', '');
    assert.ok(name in document.components.schemas, reference);
  }
  for (const [path, { parameters = [] }] of Object.entries(document.paths)) {
    const names = [...path.matchAll(/(?<=\{)[^}]+/g)].map(([name]) => name);
    const declared = (parameters as unknown as readonly { readonly name: string }[]).map(({ name }) => name);
    assert.deepEqual(declared, names, path);
  }
});

test('every operation needs a token with a scope that exists', async (context) => {
  const document = await readDocument(await startTestServer(context));
  const known = new Set(builtInScopes.map(({ name }) => name));
  for (const [name, { security }] of operationsOf(document)) {
    for (const { bearer = [] } of security) {
      assert.equal(bearer.length, 1, name);
      assert.ok(
        bearer.every((scope) => known.has(scope)),
        name,
      );
    }
  }
});

test('every example is as its schema says', async (context) => {
  const document = await readDocument(await startTestServer(context));
  const compile = createSchemas(document);
  for (const [name, { schema, examples }] of bodiesOf(document)) {
    const validate = compile(schema);
    for (const [title, { value }] of Object.entries(examples)) {
      assert.ok(validate(value), `${name}, ${title}: ${JSON.stringify(validate.errors)}`);
    }
  }
});

/** Every route that a server mounts while `start` runs, as `METHOD /path/{name}`. */
async function routesWhile(start: () => Promise<unknown>): Promise<readonly string[]> {
  const routes: string[] = [];
  const initialised = channel('fastify.initialization');
  const listen = (message: unknown): void => {
    const { fastify } = message as { readonly fastify: FastifyInstance };
    fastify.addHook('onRoute', ({ method, url }) => {
      for (const name of [method].flat()) routes.push(`${name} ${url.replaceAll(/:([^/]+)/g, '{$1}')}`);
    });
  };
  initialised.subscribe(listen);
  try {
    await start();
  } finally {
    initialised.unsubscribe(listen);
  }
  return routes;
}

/** Where the REST dialects are. */
const ofDialects = /^(?!HEAD)\S+ \/(auth\/api|api)\//;

test('the document has every route of the dialects, and no other', async (context) => {
  let server: TestServer | undefined;
  const routes = await routesWhile(async () => {
    server = await startTestServer(context);
  });
  assert.ok(server);
  const documented = operationsOf(await readDocument(server)).map(([name]) => name);
  assert.deepEqual(documented.toSorted(), routes.filter((route) => ofDialects.test(route)).toSorted());
  assert.ok(documented.length > 0);
});

async function pathsWith(context: TestContext, dialects: object): Promise<readonly string[]> {
  const server = await startDeclaring(context, { server: { dialects } });
  return Object.keys((await readDocument(server)).paths);
}

test('a dialect that is switched off is neither served nor described', async (context) => {
  const switches = { loginApi: '/auth/api/login/client', clientsApi: '/api/clients' };
  for (const [name, path] of Object.entries(switches)) {
    const paths = await pathsWith(context, { [name]: false });
    assert.ok(!paths.some((other) => other.startsWith(path)), name);
    const server = await startDeclaring(context, { server: { dialects: { [name]: false } } });
    const answer = await fetch(server.issuer + path);
    assert.equal(answer.status, 404);
    assert.deepEqual(Object.keys((await answer.json()) as object), ['error', 'error_description']);
  }
  assert.deepEqual(await pathsWith(context, { loginApi: false, clientsApi: false }), []);
});

test('anyone reads the document, caches keep it, and nothing but a read is served', async (context) => {
  const { issuer } = await startTestServer(context);
  const url = `${issuer}/openapi.json`;
  const answer = await fetch(url);
  assert.equal(answer.headers.get('content-type'), 'application/json; charset=utf-8');
  assert.equal(answer.headers.get('cache-control'), 'public, max-age=300');
  const { servers } = (await answer.json()) as { readonly servers: unknown };
  assert.deepEqual(servers, [{ url: issuer }]);
  const etag = answer.headers.get('etag') ?? '';
  assert.equal((await fetch(url, { headers: { 'if-none-match': etag } })).status, 304);
  assert.equal((await fetch(url, { method: 'POST' })).status, 405);
});
