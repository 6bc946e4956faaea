import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { startTestServer, type TestServer } from '../fixtures/running-server.ts';
import { clientScopes } from './face.ts';
import { type Answer, call, inOneWorld, register } from './world.ts';

interface World {
  readonly server: TestServer;
  readonly token: string;
  /** A method with the bootstrap client's token. */
  readonly post: (
    method: string,
    body: object | string,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Answer>;
}

async function open(context: TestContext): Promise<World> {
  const server = await startTestServer(context);
  const token = await server.bootstrapToken(clientScopes);
  const post: World['post'] = (method, body, headers) =>
    call(server, method, body, { token, ...(headers && { headers }) });
  return { server, token, post };
}

/** The fields of `Client` in the documented order, as they are when nothing was given but a name. */
const bare = {
  clientId: '',
  name: 'Shop',
  redirectUri: '',
  supportsRefreshToken: false,
  supportsImplicitGrant: false,
  supportsDeviceCodeGrant: false,
  supportsCodeGrant: false,
  websiteUrl: '',
  createdAt: '',
  updatedAt: '',
  description: '',
  isVerified: false,
  applicationId: '',
  usesManagedBuckets: false,
  applicationBindings: [],
  allowedDelegators: [],
  logoUrl: '',
  backchannelLogoutUri: '',
  backchannelLogoutSessionRequired: false,
  frontchannelLogoutUri: '',
  frontchannelLogoutSessionRequired: false,
  postLogoutRedirectUris: [],
};

const bareWithSecret = Object.fromEntries(
  Object.entries(bare).flatMap(([name, value]) =>
    name === 'clientId'
      ? [
          [name, value],
          ['clientSecret', ''],
        ]
      : [[name, value]],
  ),
);

const utcTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

function assertRefused({ status, json }: Answer, expected: number, code: string, message?: RegExp): void {
  assert.deepEqual([status, json['code']], [expected, code]);
  assert.equal(typeof json['message'], 'string');
  if (message) assert.match(String(json['message']), message);
}

async function makeClient({ post }: World, fields: object = {}): Promise<string> {
  const { json } = await post('CreateClient', { name: 'Shop', hasSecret: true, ...fields });
  return (json['Client'] as { readonly clientId: string }).clientId;
}

inOneWorld<World>('Connect JSON answers as documented', open, {
  'CreateClient wraps the whole client in "Client", in the documented order, empty values too': async ({
    post,
  }) => {
    const { status, json } = await post('CreateClient', { name: 'Shop', hasSecret: true });
    assert.equal(status, 200);
    assert.deepEqual(Object.keys(json), ['Client']);
    const client = json['Client'] as Record<string, string>;
    assert.deepEqual(Object.keys(client), Object.keys(bareWithSecret));
    assert.match(client['createdAt'] ?? '', utcTime);
    assert.match(client['updatedAt'] ?? '', utcTime);
    assert.match(client['clientSecret'] ?? '', /^cls_/);
    const blanked = { ...client, clientId: '', clientSecret: '', createdAt: '', updatedAt: '' };
    assert.deepEqual(blanked, bareWithSecret);
  },
  'a public client is created without "clientSecret"': async ({ post }) => {
    const { json } = await post('CreateClient', { name: 'Shop' });
    assert.deepEqual(Object.keys(json['Client'] as object), Object.keys(bare));
  },
  'GetClient answers {"Client"}, ListClients {"Clients"}, UpdateClient {"client"}, none with a secret':
    async (world) => {
      const clientId = await makeClient(world);
      const got = (await world.post('GetClient', { clientId })).json;
      const listed = (await world.post('ListClients', {})).json;
      const updated = (await world.post('UpdateClient', { clientId, name: 'Store' })).json;
      assert.deepEqual(
        [Object.keys(got), Object.keys(listed), Object.keys(updated)],
        [['Client'], ['Clients'], ['client']],
      );
      const clients = listed['Clients'] as object[];
      for (const client of [got['Client'], updated['client'], ...clients]) {
        assert.deepEqual(Object.keys(client as object), Object.keys(bare));
      }
    },
  'ListClients answers an empty list when there is none': async ({ post }) => {
    const { json } = await post('ListClients', { applicationId: 'none' });
    assert.deepEqual(json, { Clients: [] });
  },
  'RegenerateSecret answers the bare client': async (world) => {
    const clientId = await makeClient(world);
    const shown = await world.post('RegenerateSecret', { clientId, includeSecret: true });
    assert.deepEqual(Object.keys(shown.json), Object.keys(bareWithSecret));
    const hidden = await world.post('RegenerateSecret', { clientId });
    assert.deepEqual(Object.keys(hidden.json), Object.keys(bare));
  },
  'DeleteClient answers {}': async (world) => {
    const answer = await world.post('DeleteClient', { clientId: await makeClient(world) });
    assert.deepEqual([answer.status, answer.text], [200, '{}']);
  },
  'GetPublicClients answers {"clients"} by id, with "isVerified" as a string and nothing private': async ({
    server,
  }) => {
    const { id } = await register(server, {
      name: 'Shop',
      verified: true,
      redirectUris: ['https://a.example/'],
    });
    const { id: other } = await register(server, { name: 'Other' });
    const { status, json } = await call(server, 'GetPublicClients', { clientId: [id, other] });
    assert.equal(status, 200);
    assert.deepEqual(Object.keys(json), ['clients']);
    const clients = json['clients'] as Record<string, Record<string, unknown>>;
    assert.deepEqual(Object.keys(clients).toSorted(), [id, other].toSorted());
    assert.deepEqual(
      { ...clients[id], createdAt: '' },
      {
        clientId: id,
        name: 'Shop',
        websiteUrl: '',
        logoUrl: '',
        description: '',
        isVerified: 'true',
        createdAt: '',
        applicationBindings: [],
      },
    );
    assert.equal(clients[other]?.['isVerified'], 'false');
    assert.match(String(clients[other]?.['createdAt']), utcTime);
  },
  'a refusal is {code, message, details}, with a google.rpc.BadRequest that names every field': async ({
    post,
  }) => {
    const { status, json } = await post('CreateClient', {
      name: '',
      redirectUri: 'ftp://a',
      websiteUrl: 'x',
    });
    assert.deepEqual([status, Object.keys(json)], [400, ['code', 'message', 'details']]);
    const [detail] = json['details'] as { type: string; debug: { fieldViolations: { field: string }[] } }[];
    assert.equal(detail?.type, 'google.rpc.BadRequest');
    const fields = detail.debug.fieldViolations.map(({ field }) => field);
    assert.deepEqual(fields.toSorted(), ['name', 'redirectUri', 'websiteUrl']);
  },
  'a field that breaks two rules has one entry, which tells both': async ({ post }) => {
    const { json } = await post('CreateClient', {
      name: 'x',
      hasSecret: true,
      applicationId: 'a'.repeat(65),
    });
    const [detail] = json['details'] as { debug: { fieldViolations: Record<string, string>[] } }[];
    assert.deepEqual(detail?.debug.fieldViolations, [
      { field: 'applicationId', description: 'does not exist; must be 1 to 64 characters' },
    ]);
  },
});

inOneWorld<World>('Connect JSON refuses what is not as documented', open, {
  'another Connect-Protocol-Version is invalid_argument; 1 and none are accepted': async ({ post }) => {
    for (const version of ['2', '', '01', '1, 1']) {
      const answer = await post('ListClients', {}, { 'connect-protocol-version': version });
      assertRefused(answer, 400, 'invalid_argument', /connect-protocol-version/i);
    }
    const answer = await post('ListClients', {}, { 'connect-protocol-version': '1' });
    assert.equal(answer.status, 200);
    assert.equal((await post('ListClients', {})).status, 200);
  },
  'malformed and ambiguous bodies are invalid_argument': async (world) => {
    const clientId = await makeClient(world);
    const nested = `${'{"a":'.repeat(200)}1${'}'.repeat(200)}`;
    const bodies: Readonly<Record<string, string>> = {
      'not JSON': '{"clientId":',
      'not an object': '[]',
      'an unknown field': JSON.stringify({ clientId, colour: 'red' }),
      'the id under another case': JSON.stringify({ ClientId: clientId }),
      'a number for a text': JSON.stringify({ clientId, name: 1 }),
      'a text for a boolean': JSON.stringify({ clientId, supportsCodeGrant: 'true' }),
      'a text for a list': JSON.stringify({ clientId, allowedDelegators: clientId }),
      'an object for a text': JSON.stringify({ clientId, name: { value: 'Store' } }),
      'null in a list': JSON.stringify({ clientId, postLogoutRedirectUris: [null] }),
      'a text for jsonConfig': JSON.stringify({
        clientId,
        applicationBindings: [{ applicationId: 'a', config: { jsonConfig: 'x' } }],
      }),
      'an unknown field in a binding': JSON.stringify({ clientId, applicationBindings: [{ id: 'a' }] }),
      'a number as mask': JSON.stringify({ clientId, updateMask: 1 }),
      'a duplicate key': `{"clientId":"${clientId}","name":"A","name":"B"}`,
      'a field under both names': JSON.stringify({ clientId, logoUrl: '', logo_url: '' }),
      __proto__: `{"clientId":"${clientId}","__proto__":{"name":"B"}}`,
      '__proto__ in a configuration': `{"clientId":"${clientId}","applicationBindings":[{"applicationId":"a","config":{"jsonConfig":{"__proto__":{"a":1}}}}]}`,
      'deep nesting': `{"clientId":"${clientId}","applicationBindings":[{"applicationId":"a","config":{"jsonConfig":${nested}}}]}`,
      'very deep nesting': `{"clientId":"${clientId}","name":${'['.repeat(100_000)}}`,
      'an id that is no UUID': JSON.stringify({ clientId: 'shop', name: 'Store' }),
      'no id': JSON.stringify({ name: 'Store' }),
    };
    for (const [what, body] of Object.entries(bodies)) {
      const { status, json } = await world.post('UpdateClient', body);
      assert.deepEqual([what, status, json['code']], [what, 400, 'invalid_argument']);
    }
    const { json } = await world.post('GetClient', { clientId });
    assert.equal((json['Client'] as { name: string }).name, 'Shop');
  },
  'fields are also known by their proto names': async (world) => {
    const { status } = await world.post('GetClient', { client_id: await makeClient(world) });
    assert.equal(status, 200);
  },
  'a body over 4 MiB is resource_exhausted, and a stranger’s is not read': async ({ server, post }) => {
    const body = JSON.stringify({ name: 'x'.repeat(4 * 1024 * 1024) });
    assertRefused(
      await post('CreateClient', body),
      429,
      'resource_exhausted',
      /^the body is longer than 4194304 octets$/,
    );
    assertRefused(await call(server, 'CreateClient', body), 401, 'unauthenticated');
    assertRefused(await call(server, 'CreateClient', '{ no JSON'), 401, 'unauthenticated');
  },
  'a method that anyone may call takes short bodies, as they are': async ({ server }) => {
    const long = JSON.stringify({ clientId: ['x'.repeat(65_536)] });
    assertRefused(await call(server, 'GetPublicClients', long), 429, 'resource_exhausted');
    const response = await fetch(`${server.issuer}/xeonr.auth.api.v1.ClientsService/GetPublicClients`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: gzipSync('{"clientId":["x"]}'),
    });
    assert.equal(response.status, 501);
    assert.equal(((await response.json()) as { code: string }).code, 'unimplemented');
  },
  'a body just under 4 MiB is read': async ({ post }) => {
    const body = JSON.stringify({ name: 'x'.repeat(4 * 1024 * 1024 - 100) });
    assertRefused(await post('CreateClient', body), 400, 'invalid_argument', /name/);
  },
  'GET is 405, an unknown method unimplemented, another content type 415': async ({ server, post }) => {
    const base = `${server.issuer}/xeonr.auth.api.v1.ClientsService`;
    const got = await fetch(`${base}/ListClients?connect=v1&encoding=json&message=%7B%7D`);
    assert.deepEqual([got.status, got.headers.get('allow')], [405, 'POST']);
    assert.deepEqual(await got.json(), { code: 'unimplemented', message: 'the HTTP method must be POST' });
    assertRefused(await post('PromoteClient', {}), 404, 'unimplemented');
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/connect+json']) {
      const answer = await post('ListClients', '{}', { 'content-type': type });
      assertRefused(answer, 415, 'unimplemented', /content type/);
      assert.match(answer.headers.get('accept-post') ?? '', /^application\/json, application\/proto,/);
    }
  },
  'a Connect-Timeout-Ms that is over is deadline_exceeded, and one that is no number refused': async ({
    post,
  }) => {
    const image = Buffer.alloc(2 * 1024 * 1024).toString('base64');
    const late = await post('UploadClientLogo', { logoData: image }, { 'connect-timeout-ms': '0' });
    assertRefused(late, 504, 'deadline_exceeded');
    assertRefused(await post('ListClients', {}, { 'connect-timeout-ms': 'soon' }), 400, 'invalid_argument');
    assert.equal((await post('ListClients', {}, { 'connect-timeout-ms': '10000' })).status, 200);
  },
  'without a token it is unauthenticated, and with what is none the challenge says so': async ({
    server,
  }) => {
    const answer = await call(server, 'ListClients', {});
    assertRefused(answer, 401, 'unauthenticated');
    assert.equal(answer.headers.get('www-authenticate'), 'Bearer realm="oauth"');
    for (const authorization of ['Bearer', 'Bearer a.b.c', 'Basic YTpi', 'Bearer a, Bearer b']) {
      const refused = await call(server, 'ListClients', {}, { headers: { authorization } });
      assertRefused(refused, 401, 'unauthenticated');
      assert.equal(refused.headers.get('www-authenticate'), 'Bearer error="invalid_token"');
    }
  },
  'a token without the scope is permission_denied, and the challenge names the scope': async ({ server }) => {
    const token = await server.bootstrapToken('oauth:clients:read');
    const answer = await call(server, 'CreateClient', { name: 'Shop' }, { token });
    assertRefused(answer, 403, 'permission_denied');
    const challenge = 'Bearer error="insufficient_scope", scope="oauth:clients:manage"';
    assert.equal(answer.headers.get('www-authenticate'), challenge);
  },
  'answers are not to be cached or sniffed, and name their request': async ({ post }) => {
    const { headers } = await post('ListClients', {});
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.match(headers.get('x-request-id') ?? '', /./);
    assert.equal(headers.get('cache-control'), 'no-store');
  },
});
