import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  assertionType,
  goodClaims,
  makeAssertion,
  registerKept,
} from '../../../test/fixtures/client-assertion.ts';
import {
  type Answer,
  basic,
  type ProtocolServer,
  type RegisteredClient,
  startProtocolServer,
} from '../../../test/fixtures/protocol-server.ts';
import { secondsAfter } from '../../kernel/clock.ts';
import { randomUuid } from '../../kernel/random.ts';
import { unlimitedAttempt } from '../../kernel/request-limits.ts';
import { emptyForm } from '../form.ts';
import { createClientAuthentication } from './index.ts';

let server: ProtocolServer;
before(async () => {
  server = await startProtocolServer();
});
after(() => server[Symbol.asyncDispose]());

const grant = { grant_type: 'client_credentials' };
const ask = (form: Record<string, string>, authorization?: string): Promise<Answer> =>
  server.post(
    '/oauth/token',
    { ...grant, ...form },
    { headers: authorization === undefined ? [] : [['authorization', authorization]] },
  );
const base64 = (text: string) => Buffer.from(text).toString('base64');

const byMac = { tokenEndpointAuthMethods: ['client_secret_jwt'], tokenEndpointJwtAuthAlg: 'HS256' } as const;

/** Asks for a token with an assertion whose key is the client's secret. */
function authenticateByMac(target: ProtocolServer, { client, secret }: RegisteredClient): Promise<Answer> {
  const client_assertion = makeAssertion({
    header: { alg: 'HS256' },
    claims: goodClaims(target, client.id),
    alg: 'HS256',
    key: Buffer.from(secret),
  });
  return target.post('/oauth/token', { ...grant, client_assertion, client_assertion_type: assertionType });
}

function assertRefused(answer: Answer, what = 'the answer'): void {
  assert.deepEqual([answer.status, answer.body['error']], [401, 'invalid_client'], what);
  assert.match(answer.headers.get('www-authenticate') ?? '', /^Basic /);
}

describe('client_secret_basic', () => {
  test('accepts the secret under any spelling of the scheme', async () => {
    const { client, secret } = await server.register();
    for (const scheme of ['Basic', 'basic', 'BASIC', 'bAsIc ']) {
      assert.equal((await ask({}, `${scheme} ${base64(`${client.id}:${secret}`)}`)).status, 200);
    }
  });

  test('decodes what was form-encoded', async () => {
    const { client, secret } = await server.register();
    const encoded = [...secret].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join('');
    assert.equal((await ask({}, `Basic ${base64(`${client.id}:${encoded}`)}`)).status, 200);
  });

  test('refuses what is malformed', async () => {
    const { client, secret } = await server.register();
    const pair = `${client.id}:${secret}`;
    for (const header of [
      'Basic',
      'Basic ',
      'Basic !!!!',
      `Basic ${base64(pair)} x`,
      `Basic ${base64(pair)}*`,
      `Basic ${base64(pair).slice(0, -1)}`,
      `Basic ${base64(client.id)}`,
      `Basic ${base64(`${pair}%`)}`,
      `Basic ${base64(`${pair}%zz`)}`,
      `Basic ${base64(`${pair}%ff`)}`,
      `Basic ${Buffer.from([0xff, 0x3a, 0x61]).toString('base64')}`,
      `Basic ${base64(`${client.id}:`)}`,
      `Basic ${base64(`:${secret}`)}`,
      `Bearer ${base64(pair)}`,
      `DPoP ${base64(pair)}`,
    ]) {
      assertRefused(await ask({}, header), header);
    }
  });

  test('may stand beside the id in the body, but not beside another id', async () => {
    const { client, basic: header } = await server.register();
    assert.equal((await ask({ client_id: client.id }, header)).status, 200);
    const answer = await ask({ client_id: randomUuid() }, header);
    assert.deepEqual([answer.status, answer.body['error']], [400, 'invalid_request']);
  });
});

test('two ways of authentication in one request are an invalid request', async () => {
  const { client, secret, basic: header } = await server.register();
  const assertion = { client_assertion: 'a.b.c', client_assertion_type: 'x' };
  for (const [form, authorization] of [
    [{ client_id: client.id, client_secret: secret }, header],
    [assertion, header],
    [{ ...assertion, client_id: client.id, client_secret: secret }, undefined],
  ] as const) {
    const answer = await ask(form, authorization);
    assert.deepEqual([answer.status, answer.body['error']], [400, 'invalid_request']);
  }
});

// against: client-authentication/registered
test('a method that is not registered is refused with the right secret too', async () => {
  const post = await server.register({ tokenEndpointAuthMethods: ['client_secret_post'] });
  assertRefused(await ask({}, post.basic));
  assert.equal((await ask({ client_id: post.client.id, client_secret: post.secret })).status, 200);

  const basicOnly = await server.register({ tokenEndpointAuthMethods: ['client_secret_basic'] });
  assertRefused(await ask({ client_id: basicOnly.client.id, client_secret: basicOnly.secret }));

  const publicOnly = await server.register({ tokenEndpointAuthMethods: ['none'] });
  assertRefused(await ask({}, publicOnly.basic));
});

// against: client-authentication/registered
test('a secret that is optional is verified when it is presented', async () => {
  const { client, basic: header } = await server.register({
    tokenEndpointAuthMethods: ['client_secret_basic', 'client_secret_post', 'none'],
  });
  assert.equal((await ask({}, header)).status, 200);
  assertRefused(await ask({}, basic(client.id, 'wrong')));
  assertRefused(await ask({ client_id: client.id, client_secret: 'wrong' }));
});

// against: client-authentication/same
test('unknown, disabled, secretless and wrongly authenticated clients get one and the same answer', async () => {
  const { client, basic: right } = await server.register();
  const disabled = await server.register({ enabled: false });
  const deleted = await server.register();
  await server.remove(deleted);
  const expired = await server.register({}, { expiresAt: server.clock.now() });
  const answers = await Promise.all(
    [
      basic(client.id, 'wrong'),
      `${right}AAAA`,
      basic(randomUuid(), 'wrong'),
      basic('no-uuid', 'wrong'),
      basic("' or 1=1 --\0", 'wrong'),
      disabled.basic,
      deleted.basic,
      expired.basic,
    ].map((header) => ask({}, header)),
  );
  const [first] = answers;
  for (const answer of answers) {
    assertRefused(answer);
    assert.deepEqual(answer.body, first?.body);
    assert.equal(answer.headers.get('www-authenticate'), first?.headers.get('www-authenticate'));
  }
  assertRefused(await ask({}), 'no client at all');
});

// against: client-authentication/same
test('unknown, disabled and secretless clients cost as much work as a wrong secret', async () => {
  const { issuer, stores, secretKeeper, clock } = server;
  let checks = 0;
  const { authenticate } = createClientAuthentication({
    issuer,
    clients: stores.clients,
    singleUse: stores.singleUse,
    secretKeeper: {
      ...secretKeeper,
      matches(secret, verifier) {
        checks += 1;
        return secretKeeper.matches(secret, verifier);
      },
    },
    secretUse: { note() {} },
    clock,
  });
  const enabled = await server.register();
  const disabled = await server.register({ enabled: false });
  const secretless = await server.register(
    { tokenEndpointAuthMethods: ['none'] },
    { expiresAt: clock.now() },
  );
  for (const authorization of [
    basic(enabled.client.id, 'wrong'),
    basic(disabled.client.id, 'wrong'),
    disabled.basic,
    secretless.basic,
    basic(randomUuid(), 'wrong'),
    basic('no-uuid', 'wrong'),
  ]) {
    checks = 0;
    await assert.rejects(authenticate({ authorization, form: emptyForm, attempt: unlimitedAttempt }), {
      code: 'invalid_client',
    });
    assert.equal(checks, 1);
  }
});

// against: client-authentication/secrets
test('a secret is refused from the moment it expires', async () => {
  const { basic: header } = await server.register({}, { expiresAt: secondsAfter(server.clock.now(), 10) });
  assert.equal((await ask({}, header)).status, 200);
  server.clock.advance(10);
  assertRefused(await ask({}, header));
});

test('an assertion that cannot be remembered authenticates nobody', async () => {
  await using failing = await startProtocolServer({
    engineStores: (stores) => ({
      ...stores,
      singleUse: { claim: () => Promise.reject(new Error('disk on fire')) },
    }),
  });
  const answer = await authenticateByMac(failing, await registerKept(failing, byMac));
  assert.deepEqual([answer.status, answer.body['error']], [500, 'server_error']);
});

test('a disabled client is refused from the next request on', async () => {
  const registered = await server.register();
  assert.equal((await ask({}, registered.basic)).status, 200);
  await server.change(registered, { enabled: false });
  assertRefused(await ask({}, registered.basic));
});

test('the use of a secret, as it is or as a key, is written down when the server closes', async () => {
  const written: string[] = [];
  const closing = await startProtocolServer({
    engineStores: (stores) => ({
      ...stores,
      clients: {
        ...stores.clients,
        recordSecretUse: async (uses) => {
          await stores.clients.recordSecretUse(uses);
          written.push(...uses.map(({ secretId }) => secretId));
        },
      },
    }),
  });
  const { basic: authorization, secretId } = await closing.register();
  const macClient = await registerKept(closing, byMac);
  for (let request = 0; request < 3; request++) {
    await closing.post('/oauth/token', grant, { headers: { authorization } });
    await authenticateByMac(closing, macClient);
  }
  await closing[Symbol.asyncDispose]();
  assert.deepEqual(written.toSorted(), [secretId, macClient.secretId].toSorted());
});
