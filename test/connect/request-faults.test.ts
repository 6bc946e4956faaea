import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import type { JsonObject } from '../../src/kernel/encoding.ts';
import { randomUuid } from '../../src/kernel/random.ts';
import { startTestServer, type TestServer } from '../fixtures/running-server.ts';
import { clientScopes, connectService } from './face.ts';
import { type Answer, call, inOneWorld, outcomeOf, register } from './world.ts';

interface World {
  readonly server: TestServer;
  readonly token: string;
  readonly post: (method: string, body: object) => Promise<Answer>;
}

async function open(context: TestContext): Promise<World> {
  const server = await startTestServer(context);
  const token = await server.bootstrapToken(clientScopes);
  return { server, token, post: (method, body) => call(server, method, body, { token }) };
}

interface BadRequest {
  readonly debug: {
    readonly fieldViolations: readonly { readonly field: string; readonly description: string }[];
  };
}

/** The faulty fields of a refusal with what is said of them. */
function faultsOf({ status, json }: Answer): Readonly<Record<string, string>> {
  assert.deepEqual([status, json['code']], [400, 'invalid_argument']);
  const [detail] = json['details'] as unknown as readonly BadRequest[];
  assert.ok(detail);
  return Object.fromEntries(
    detail.debug.fieldViolations.map(({ field, description }) => [field, description]),
  );
}

/** Calls a method with two `Authorization` headers. */
async function callTwiceAuthorized(
  { server, token }: World,
  contentType: string,
): Promise<readonly [number, string]> {
  const message = request(`${server.issuer}/xeonr.auth.api.v1.ClientsService/ListClients`, {
    method: 'POST',
    headers: ['host', 'localhost', 'content-type', contentType].concat(
      ...[token, 'other'].map((value) => ['Authorization', `Bearer ${value}`]),
    ),
  });
  message.end(contentType === 'application/json' ? '{}' : Buffer.alloc(5));
  const [response] = await once(message, 'response');
  return [response.statusCode, await text(response)];
}

inOneWorld<World>('Connect names every fault of a request', open, {
  'unknown keys and wrong types, all at once, and none of them to a stranger': async ({ server, post }) => {
    const body = {
      name: 1,
      hasSecret: 'x',
      foo: 3,
      applicationBindings: [{ applicationId: 'a', config: 'c' }],
    };
    const expected = {
      name: 'must be a string',
      hasSecret: 'must be true or false',
      foo: 'is not a field',
      'applicationBindings[0].config': 'must be an object',
    };
    assert.deepEqual(faultsOf(await post('CreateClient', body)), expected);
    const { status, json } = await call(server, 'CreateClient', body);
    assert.deepEqual([status, json['code'], json['details']], [401, 'unauthenticated', undefined]);
  },
  'the id and the mask together, once the caller is known': async ({ server, post }) => {
    const body = { clientId: 'zz', updateMask: 'foo,clientId' };
    const answer = await post('UpdateClient', body);
    assert.deepEqual(Object.keys(faultsOf(answer)), ['clientId', 'updateMask']);
    assert.match(String(answer.json['message']), /"foo".*"clientId"/);
    assert.equal((await call(server, 'UpdateClient', body)).json['code'], 'unauthenticated');
  },
  'no more of a mask than a reader can use, however much was sent': async ({ post }) => {
    const updateMask = Array.from({ length: 1_000 }, (_, index) => `${'x'.repeat(100)}${index}`).join(',');
    const answer = await post('UpdateClient', { clientId: randomUuid(), updateMask });
    assert.deepEqual([answer.status, answer.json['code']], [400, 'invalid_argument']);
    assert.ok(answer.text.length < 100_000, String(answer.text.length));
  },
  'a list that is too long and nothing of what is in it, in JSON and in binary': async (world) => {
    const { server, token, post } = world;
    const expected = 'has too many entries';
    const clientId = randomUuid();
    const binary = connectService(server, token, true);
    const lists = {
      allowedDelegators: '',
      postLogoutRedirectUris: '',
      applicationBindings: {},
    } as const;
    for (const [field, entry] of Object.entries(lists)) {
      const body = { name: 'Shop', [field]: Array(150_000).fill(entry) };
      assert.deepEqual(faultsOf(await post('CreateClient', body)), { [field]: expected });
      assert.deepEqual(faultsOf(await post('UpdateClient', { ...body, clientId })), { [field]: expected });
      await assert.rejects(binary.createClient(body), new RegExp(`${field} ${expected}$`));
    }
    const paths = Array(150_000).fill('name');
    for (const updateMask of [paths.join(), { paths }]) {
      const answer = await post('UpdateClient', { clientId, updateMask });
      assert.deepEqual(faultsOf(answer), { updateMask: expected });
    }
    const attempt = binary.updateClient({ clientId, updateMask: { paths } });
    await assert.rejects(attempt, new RegExp(`updateMask ${expected}$`));
  },
  'a path of the mask as the caller wrote it': async ({ server, token, post }) => {
    const { id: clientId } = await register(server, {});
    for (const path of ['clientId', 'client_id', 'Name', 'createdAt']) {
      const { json } = await post('UpdateClient', { clientId, updateMask: path });
      assert.match(String(json['message']), new RegExp(`names "${path}",`));
    }
    const binary = connectService(server, token, true);
    const attempt = binary.updateClient({ clientId, updateMask: { paths: ['created_at'] } });
    await assert.rejects(attempt, /names "created_at",/);
  },
  'a second Authorization header, over every protocol': async (world) => {
    const [status, body] = await callTwiceAuthorized(world, 'application/json');
    assert.equal(status, 400);
    assert.deepEqual(JSON.parse(body), {
      code: 'invalid_argument',
      message: 'there is more than one Authorization header',
    });
    assert.match((await callTwiceAuthorized(world, 'application/grpc-web'))[1], /grpc-status: 3\r\n/);
  },
});

inOneWorld<World>('An id in upper case means the client', open, {
  'in every method': async ({ server, token, post }) => {
    const { id } = await register(server, { name: 'Shop' }, 'generate');
    const clientId = id.toUpperCase();
    for (const [method, fields, path] of [
      ['GetClient', {}, 'Client'],
      ['GetClient', { includeSecret: true }, 'Client'],
      ['UpdateClient', { name: 'Store' }, 'client'],
      ['RegenerateSecret', {}, ''],
    ] as const) {
      const { json } = await post(method, { clientId, ...fields });
      const client = (path === '' ? json : json[path]) as JsonObject;
      assert.equal(client['clientId'], id, method);
    }
    const { json } = await post('GetPublicClients', { clientId: [clientId, id] });
    assert.deepEqual(Object.keys(json['clients'] as object), [id]);
    const logo = connectService(server, token).uploadClientLogo({ clientId, contentType: 'image/png' });
    assert.equal(await outcomeOf(logo), 'invalid_argument contentType');
    assert.equal((await post('DeleteClient', { clientId })).status, 200);
    assert.equal((await post('GetClient', { clientId: id })).status, 404);
  },
});
