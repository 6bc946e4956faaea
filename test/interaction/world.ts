import { type FastifyInstance, fastify } from 'fastify';
import type { Account } from '../../src/accounts/account.ts';
import type { SignUpFault } from '../../src/accounts/sign-up.ts';
import { createLiveCatalog } from '../../src/applications/live-catalog.ts';
import type { Client } from '../../src/clients/client.ts';
import { oidcDefaults } from '../../src/identity-providers/oidc-settings.ts';
import { UpstreamError } from '../../src/identity-providers/upstream-error.ts';
import { createBrowsers } from '../../src/interaction/browser.ts';
import { preparePages } from '../../src/interaction/page-replies.ts';
import { type InteractionDeps, registerInteraction } from '../../src/interaction/routes.ts';
import type { SignInAttempt } from '../../src/interaction/sign-in-listener.ts';
import { createManualClock, type ManualClock } from '../../src/kernel/clock.ts';
import { type Logger, silentLogger } from '../../src/kernel/logger.ts';
import { orderedUuid, randomUuid } from '../../src/kernel/random.ts';
import { unlimited } from '../../src/kernel/request-limits.ts';
import { createPlaceCheck } from '../../src/protocol/client-provider.ts';
import { createCookies } from '../../src/sessions/cookies.ts';
import { createSessions, type Sessions } from '../../src/sessions/sessions.ts';
import type { Stores } from '../../src/storage/storage.ts';
import { aClient, anAccount, anAuditEvent } from '../fixtures/storage-entries.ts';
import { atEnd, type Ending } from '../fixtures/teardown.ts';
import { openTestStorage, type TestDatabase } from '../fixtures/test-storage.ts';
import { createTestBrowser, type TestBrowser } from './browser.ts';
import { createConsentKeeper, createEngine } from './engine.ts';

export const clientUri = 'https://client.example/cb';
export const password = 'correct horse battery staple';

/** The pages on a port of their own, over a storage of their own. Who knows passwords, and who asks, are tables; `/prove` asks for a proof. */
export interface World {
  readonly origin: string;
  readonly stores: Stores;
  readonly database: TestDatabase;
  readonly clock: ManualClock;
  readonly sessions: Sessions;
  readonly newBrowser: () => TestBrowser;
  /** One that may sign in with `password`. */
  readonly newAccount: (changes?: Partial<Account>) => Promise<Account>;
  /** Answers the path of a request at the authorization endpoint. */
  readonly newClient: (changes?: Partial<Client>) => Promise<RegisteredClient>;
  /** Accounts that have a second factor, by id; the code is `000000`. */
  readonly secondFactors: Set<string>;
  /** What the browser sent as a mark of its own with the last password. */
  readonly seenDevice: () => string | null;
  /** What was heard of attempts to sign in. */
  readonly attempts: readonly SignInAttempt[];
}

export interface RegisteredClient {
  readonly client: Client;
  readonly ask: (parameters?: Readonly<Record<string, string>>) => string;
  readonly change: (changes: Partial<Client>) => Promise<void>;
  readonly remove: () => Promise<void>;
}

export interface WorldOptions extends Partial<Pick<InteractionDeps, 'limits' | 'signUp' | 'authorization'>> {
  /** Appended to the issuer. */
  readonly path?: string;
  readonly logger?: Logger;
}

export async function openWorld(context: Ending, options: WorldOptions = {}): Promise<World> {
  const { stores, database } = await openTestStorage(context);
  const clock = createManualClock();
  const app = fastify();
  const issuer = `http://localhost${options.path ?? ''}`;
  const cookies = createCookies(issuer);
  const logger = options.logger ?? silentLogger;
  const sessions = createSessions({
    store: stores.sessions,
    cookies,
    limits: { idle: 86_400, absolute: 864_000 },
    endSession: (id) => stores.endings.endSession(id, clock.now()),
    isPlaceInForce: createPlaceCheck({ current: () => providersIn(stores) }),
    clock,
    logger,
  });
  const people = createPeople(stores);
  const attempts: SignInAttempt[] = [];
  preparePages(app, {
    brand: { name: 'Test', logoUri: null, color: null },
    basePath: options.path ?? '',
    shortestPassword: 8,
  });
  const { askForProof } = registerInteraction(app, {
    issuer,
    authorization: createEngine(stores),
    sessions,
    browsers: createBrowsers({ sessions, cookies }),
    cookies,
    interactions: stores.interactions,
    accounts: stores.accounts,
    identityProviders: { current: () => providersIn(stores) },
    ...people,
    signUp: null,
    upstream: createUpstream(),
    federatedAccounts: { accountOf: (_providerId, { subject }) => stores.accounts.findByUsername(subject) },
    consents: createConsentKeeper(stores),
    currentCatalog: createLiveCatalog({ applications: [], scopes: [] }, stores.scopes),
    logoUriOf: () => null,
    signIns: { tried: (attempt) => attempts.push(attempt) },
    limits: { authorization: unlimited, interactions: unlimited, login: unlimited },
    clock,
    ...options,
    logger,
  });
  app.get('/prove', (request, reply) =>
    askForProof(request, reply, { reason: 'confirm', section: 'security' }),
  );
  const origin = await listen(context, app);
  return {
    origin,
    stores,
    database,
    clock,
    sessions,
    newBrowser: () => createTestBrowser(origin),
    ...people,
    attempts,
    newAccount: async (changes = {}) => {
      const account = anAccount({ username: `person-${randomUuid()}`, ...changes });
      await stores.accounts.insert(account);
      return account;
    },
    newClient: async (changes = {}) => register(stores, aClient({ redirectUris: [clientUri], ...changes })),
  };
}

async function listen(context: Ending, app: FastifyInstance): Promise<string> {
  await app.listen({ port: 0, host: '127.0.0.1' });
  atEnd(context, () => app.close());
  const address = app.server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

async function register(stores: Stores, client: Client): Promise<RegisteredClient> {
  const audit = anAuditEvent(client.id, 'client.created');
  await stores.clients.insert({ client, secrets: [], audit });
  let current = client;
  return {
    client,
    ask: (parameters = {}) =>
      `/oauth/authorize?${new URLSearchParams({ client_id: client.id, redirect_uri: clientUri, ...parameters })}`,
    change: async (changes) => {
      current = { ...current, ...changes, revision: current.revision + 1 };
      const outcome = await stores.clients.update({ client: current, audit: anAuditEvent(client.id) });
      if (outcome !== 'updated') throw new Error(outcome);
    },
    remove: async () => {
      await stores.clients.remove({ ...current, audit: anAuditEvent(client.id, 'client.deleted') });
    },
  };
}

/** Everybody has the same password; some have a second factor; passkeys sign with their challenge and a name. */
function createPeople(stores: Stores) {
  const secondFactors = new Set<string>();
  let device: string | null = null;
  const verify: InteractionDeps['signIn']['withPassword'] = async (given) => {
    device = given.knownDevice;
    if (given.username === 'too often')
      return { kind: 'wait', reason: 'too-many-tries', retryAfterSeconds: 7 };
    const account = await stores.accounts.findByUsername(given.username);
    if (account === undefined || given.password !== password) return { kind: 'refused' };
    return { kind: 'verified', account, secondFactor: secondFactors.has(account.id) };
  };
  const signIn: InteractionDeps['signIn'] = {
    withPassword: verify,
    async withSecondFactor({ account: { id, revision }, code }) {
      const account = await stores.accounts.load(id);
      if (account?.revision !== revision) return { kind: 'changed' };
      if (code !== '000000') return { kind: 'refused' };
      return { kind: 'verified', account, amr: ['pwd', 'otp', 'mfa'] };
    },
    deviceMark: (accountId) => `mark-of-${accountId}`,
  };
  const passkeys: InteractionDeps['passkeys'] = {
    async authenticationOptions() {
      const challenge = randomUuid();
      return { challenge, options: JSON.stringify({ challenge }) };
    },
    async authenticate({ challenge, response }) {
      const [signed, username = ''] = response.split(' ');
      return signed === challenge ? stores.accounts.findByUsername(username) : undefined;
    },
  };
  return { secondFactors, signIn, passkeys, seenDevice: () => device };
}

/** A provider at which the code is the user name. */
function createUpstream(): InteractionDeps['upstream'] {
  return {
    async begin({ id }, { redirectUri, maxAge, prompt }) {
      const state = randomUuid();
      const pending = {
        providerId: id,
        issuer: '',
        clientId: '',
        state,
        nonce: '',
        codeVerifier: '',
        redirectUri,
        maxAge,
      };
      const query = new URLSearchParams({
        state,
        redirect_uri: redirectUri,
        ...(prompt !== null && { prompt }),
      });
      return { url: `https://upstream.example/authorize?${query}`, pending };
    },
    async finish(_provider, _pending, { searchParams }) {
      const subject = searchParams.get('code');
      if (subject === null) throw new UpstreamError('denied', 'the provider said no');
      const authTime = createManualClock().now();
      return {
        issuer: 'https://upstream.example',
        subject,
        authTime,
        acr: 'upstream-acr',
        amr: ['fed'],
        claims: {},
      };
    },
  };
}

/** Makes accounts that have `password`, whatever they ask for. */
export function createOpenSignUp(stores: () => Stores): NonNullable<InteractionDeps['signUp']> {
  return async ({ username, email }): Promise<Account | SignUpFault> => {
    const account = anAccount({ id: randomUuid(), username, email });
    return (await stores().accounts.insert(account)) === 'inserted' ? account : 'username-taken';
  };
}

/** Registers a provider where people sign in elsewhere; answers its id. */
export async function addUpstreamProvider({ identityProviders }: Stores): Promise<string> {
  const id = orderedUuid();
  const settings = { ...oidcDefaults, issuer: 'https://upstream.example', clientId: 'us' };
  const provider = { id, name: `Upstream ${id}`, type: 'oidc', settings, sealedSecret: null } as const;
  await identityProviders.insert(provider, anAuditEvent(id, 'identity-provider.created'));
  return id;
}

async function providersIn({ identityProviders }: Stores) {
  const all = await identityProviders.list();
  return { all, find: (id: string) => all.find((provider) => provider.id === id) };
}
