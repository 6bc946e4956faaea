import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import Fastify from 'fastify';
import type { Account } from '../../src/accounts/account.ts';
import { createAdmission } from '../../src/admin/connect/admission.ts';
import { addApplicationService } from '../../src/admin/connect/application-service.ts';
import { addAuthorisationsService } from '../../src/admin/connect/authorisations-service.ts';
import { createConnectHandler } from '../../src/admin/connect/connect-handler.ts';
import { connectServices, createConnectRoutes } from '../../src/admin/connect/connect-routes.ts';
import { addMeService } from '../../src/admin/connect/me-service.ts';
import { createFindPerson } from '../../src/admin/connect/person.ts';
import { createCatalog } from '../../src/applications/catalog.ts';
import { operator } from '../../src/clients/policy.ts';
import { ApplicationService } from '../../src/gen/xeonr/auth/api/v1/application_service_pb.ts';
import { AuthorisationsService } from '../../src/gen/xeonr/auth/api/v1/authorisations_service_pb.ts';
import { MeService } from '../../src/gen/xeonr/auth/api/v1/me_service_pb.ts';
import type { JsonObject } from '../../src/kernel/encoding.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { unlimited } from '../../src/kernel/request-limits.ts';
import { createEndings } from '../../src/protocol/logout/endings.ts';
import { billing, openTestRegistry } from '../fixtures/open-registry.ts';
import { createPeopleRows } from '../fixtures/people-rows.ts';
import { someTime } from '../fixtures/storage-entries.ts';
import { atEnd } from '../fixtures/teardown.ts';
import { bearer } from './face.ts';
import { outcomeOf } from './world.ts';

const read = 'oauth:client-authorisations:read';
const revoke = 'oauth:client-authorisations:revoke';
const website = { ...billing, websiteUri: 'https://billing.example/about' };

/** The services on a port of their own. A token is the caller's id and scopes, as plain text. */
async function open(context: TestContext) {
  const { registry, storage, clock } = await openTestRegistry(context);
  const { stores } = storage;
  const catalog = createCatalog({ applications: [website], scopes: [] });
  const logoUriOf = () => null;
  const findPerson = createFindPerson(stores.accounts.load);
  const endings = createEndings({ store: stores.endings, clock, wake: () => {} });
  const authorisations = {
    listOfAccount: stores.consents.listOfAccount,
    end: endings.endConsent,
    endAll: endings.endConsents,
  };
  const handler = createConnectHandler({
    admission: createAdmission(async (header) => {
      const [, subject = '', scopes = ''] = /^Bearer (\S+?)~(.*)$/.exec(header ?? '') ?? [];
      return subject === '' ? undefined : { ...operator, subject, scopes: new Set(scopes.split('+')) };
    }),
    limits: unlimited,
    logger: silentLogger,
    routes: (router) => {
      addAuthorisationsService(router, { authorisations, registry, findPerson, logoUriOf, clock });
      addMeService(router, { findPerson });
      addApplicationService(router, {
        findApplication: async (slug) => catalog.applicationBySlug(slug),
        listIdentityProviders: async () => ['provider-1'],
      });
    },
  });
  const app = Fastify();
  await app.register(createConnectRoutes(connectServices, async () => handler));
  await app.listen({ port: 0, host: '127.0.0.1' });
  atEnd(context, () => {
    app.server.closeAllConnections();
    return app.close();
  });
  const baseUrl = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const transport = (token: string | null) =>
    createConnectTransport({ baseUrl, httpVersion: '1.1', interceptors: [bearer(token)] });
  const post = async (path: string, body: string, token: string | null) => {
    const response = await fetch(`${baseUrl}/xeonr.auth.api.v1.${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      body,
    });
    const json = (await response.json()) as JsonObject;
    return { status: response.status, headers: response.headers, json };
  };
  return {
    stores,
    rows: createPeopleRows(storage),
    post,
    authorisations: (token: string | null) => createClient(AuthorisationsService, transport(token)),
    me: (token: string | null) => createClient(MeService, transport(token)),
    applications: createClient(ApplicationService, transport(null)),
  };
}

const tokenOf = ({ id }: Pick<Account, 'id'>, ...scopes: readonly string[]): string =>
  `${id}~${scopes.join('+')}`;

test('a person sees what it has allowed, in the documented form, and nothing of anybody else', async (context) => {
  const { rows, post, authorisations } = await open(context);
  const [account, stranger] = [await rows.account(), await rows.account()];
  const [shop, bank] = [await rows.client({ name: 'Shop', verified: true }), await rows.client()];
  const id = await rows.consent(account, shop, ['openid', 'email']);
  await rows.consent(account, bank);
  await rows.consent(stranger, shop);
  const token = tokenOf(account, read);

  const { json, headers } = await post(
    'AuthorisationsService/ListAuthorisations',
    `{"clientId":"${shop.id}"}`,
    token,
  );
  assert.equal(headers.get('cache-control'), 'no-store');
  const at = new Date(someTime * 1000).toISOString().replace('.000', '');
  assert.deepEqual(json, {
    authorisations: [
      {
        authorisationId: id,
        Client: {
          clientId: shop.id,
          name: 'Shop',
          websiteUrl: '',
          logoUrl: '',
          description: '',
          isVerified: 'true',
          createdAt: at,
          applicationBindings: [],
        },
        scopes: ['openid', 'email'],
        createdAt: at,
        lastUsedAt: at,
      },
    ],
  });
  const all = await authorisations(token).listAuthorisations({});
  assert.deepEqual(
    all.authorisations.map(({ client }) => client?.clientId).toSorted(),
    [shop.id, bank.id].toSorted(),
  );
  const upper = await authorisations(token).listAuthorisations({ clientId: shop.id.toUpperCase() });
  assert.equal(upper.authorisations.length, 1);
  assert.equal(
    await outcomeOf(authorisations(token).listAuthorisations({ clientId: 'x' })),
    'invalid_argument clientId',
  );
});

test('a person ends one authorisation of its own, once', async (context) => {
  const { rows, stores, authorisations } = await open(context);
  const [account, stranger, client] = [await rows.account(), await rows.account(), await rows.client()];
  const session = await rows.session(account);
  const authorisationId = await rows.signIn(session, account, client);
  const end = (who: Account, id = authorisationId) =>
    outcomeOf(authorisations(tokenOf(who, revoke)).revokeAuthorisation({ authorisationId: id }));
  assert.equal(await end(stranger), 'not_found');
  assert.equal(await end(account, 'x'), 'invalid_argument authorisationId');
  assert.equal(await end(account, session), 'not_found');
  assert.equal((await rows.count()).grants, 1);
  assert.equal(await end(account), 'ok');
  assert.equal((await rows.count()).grants, 0);
  assert.equal((await stores.logoutNotices.listOfClient(client.id)).length, 1);
  assert.equal(await end(account), 'not_found');
});

test('a person ends all authorisations, and every client is noticed', async (context) => {
  const { rows, stores, post, authorisations } = await open(context);
  const account = await rows.account();
  const clients = [await rows.client(), await rows.client(), await rows.client()] as const;
  const session = await rows.session(account);
  await rows.signIn(session, account, clients[0]);
  await rows.signIn(session, account, clients[1], { offline: 1 });
  await rows.consent(account, clients[2]);
  const token = tokenOf(account, revoke);
  const { json } = await post('AuthorisationsService/RevokeAllAuthorisations', '{}', token);
  assert.deepEqual(json, { revokedCount: 3 });
  for (const { id } of clients) assert.equal((await stores.logoutNotices.listOfClient(id)).length, 1);
  assert.deepEqual(await rows.count(), { sessions: 1, session_clients: 0, consents: 0, grants: 0 });
  const again = await authorisations(token).revokeAllAuthorisations({});
  assert.equal(again.revokedCount, 0);
});

test('each scope shows what it is for', async (context) => {
  const { rows, post } = await open(context);
  const verified = { email: 'alice@example.com', emailVerified: true };
  const account = await rows.account({ username: 'alice', ...verified });
  const bare = await rows.account({ username: 'bob' });
  const ask = async (token: string) => (await post('MeService/GetMe', '{}', token)).json;
  const { id: userId } = account;
  const email = 'alice@example.com';
  assert.deepEqual(await ask(tokenOf(account, 'email')), { userId, username: '', email });
  assert.deepEqual(await ask(tokenOf(account, 'profile')), { userId, username: 'alice', email: '' });
  assert.deepEqual(await ask(tokenOf(account, 'profile', 'email')), { userId, username: 'alice', email });
  assert.deepEqual(await ask(tokenOf(bare, 'profile', 'email')), {
    userId: bare.id,
    username: 'bob',
    email: '',
  });
});

test('an address that nobody has verified is nobody’s, and no caller is told it', async (context) => {
  const { rows, post } = await open(context);
  const mallory = { username: 'mallory', email: 'alice@example.com', emailVerified: false };
  const account = await rows.account(mallory);
  const { json } = await post('MeService/GetMe', '{}', tokenOf(account, 'profile', 'email'));
  assert.deepEqual(json, { userId: account.id, username: 'mallory', email: '' });
});

// against: administration/roles
test('who has no token, no scope or no account is refused, and changes nothing', async (context) => {
  const { rows, authorisations, me } = await open(context);
  const [account, disabled, client] = [
    await rows.account(),
    await rows.account({ disabled: true }),
    await rows.client(),
  ];
  const authorisationId = await rows.signIn(await rows.session(account), account, client);
  const callsOf = (token: string | null) => ({
    list: () => authorisations(token).listAuthorisations({}),
    revoke: () => authorisations(token).revokeAuthorisation({ authorisationId }),
    revokeAll: () => authorisations(token).revokeAllAuthorisations({}),
    me: () => me(token).getMe({}),
  });
  const outcomesOf = async (token: string | null) => {
    const outcomes: string[] = [];
    for (const call of Object.values(callsOf(token))) outcomes.push(await outcomeOf(call()));
    return outcomes;
  };
  const denied = 'permission_denied';
  const every = [read, revoke, 'email', 'profile'];
  const table = [
    [null, Array(4).fill('unauthenticated')],
    ['nonsense', Array(4).fill('unauthenticated')],
    [tokenOf(account, 'openid', 'admin', 'oauth:clients:manage'), Array(4).fill(denied)],
    [tokenOf(account, read), ['ok', denied, denied, denied]],
    [tokenOf(account, 'email'), [denied, denied, denied, 'ok']],
    [tokenOf(client, ...every), Array(4).fill(denied)],
    [tokenOf(disabled, ...every), Array(4).fill(denied)],
  ] as const;
  for (const [token, expected] of table) assert.deepEqual(await outcomesOf(token), expected);
  assert.deepEqual(await rows.count(), { sessions: 1, session_clients: 1, consents: 1, grants: 1 });
});

test('a missing scope is named in the challenge', async (context) => {
  const { rows, post } = await open(context);
  const account = await rows.account();
  const { status, headers } = await post('MeService/GetMe', '{}', tokenOf(account, 'openid'));
  assert.equal(status, 403);
  assert.equal(headers.get('www-authenticate'), 'Bearer error="insufficient_scope", scope="email profile"');
});

test('anybody reads what is public of an application', async (context) => {
  const { post, applications } = await open(context);
  const { json } = await post('ApplicationService/GetApplication', '{"slug":"billing"}', null);
  assert.deepEqual(json, {
    application: {
      applicationId: 'billing',
      name: 'Billing',
      slug: 'billing',
      websiteUrl: 'https://billing.example/about',
      enabledIdps: ['provider-1'],
    },
  });
  const outcomes = ['', 'x'.repeat(65), 'x'.repeat(64), 'Billing', '__proto__'].map((slug) =>
    outcomeOf(applications.getApplication({ slug })),
  );
  assert.deepEqual(await Promise.all(outcomes), [
    'invalid_argument slug',
    'invalid_argument slug',
    'not_found',
    'not_found',
    'not_found',
  ]);
});

test('bodies are read as strictly as those about clients', async (context) => {
  const { rows, post } = await open(context);
  const token = tokenOf(await rows.account(), read, revoke, 'email');
  const bodies = ['{"clientId":"a","clientId":"b"}', '{"unknown":1}', '{"__proto__":{}}', '[]', 'x'];
  for (const path of ['AuthorisationsService/ListAuthorisations', 'MeService/GetMe']) {
    for (const body of bodies) {
      const { status, json } = await post(path, body, token);
      assert.deepEqual([status, json['code']], [400, 'invalid_argument'], body);
    }
  }
  const { json } = await post('AuthorisationsService/Nothing', '{}', token);
  assert.equal(json['code'], 'unimplemented');
});
