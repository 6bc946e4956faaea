import assert from 'node:assert/strict';
import { type FastifyInstance, fastify } from 'fastify';
import type { Account } from '../../src/accounts/account.ts';
import { createPasskeys } from '../../src/accounts/passkeys.ts';
import { createPasswordChange } from '../../src/accounts/password-change.ts';
import type { SignInLimits } from '../../src/accounts/sign-in-limits.ts';
import { createLiveCatalog } from '../../src/applications/live-catalog.ts';
import type { Client } from '../../src/clients/client.ts';
import { builtInIdentityProvider } from '../../src/identity-providers/identity-provider.ts';
import { registerAccountPages } from '../../src/interaction/account/account-routes.ts';
import { createBrowsers } from '../../src/interaction/browser.ts';
import { preparePages, redirect303 } from '../../src/interaction/page-replies.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { orderedUuid } from '../../src/kernel/random.ts';
import { unlimited } from '../../src/kernel/request-limits.ts';
import type { Consent } from '../../src/protocol/authorization/consent.ts';
import { createEndings } from '../../src/protocol/logout/endings.ts';
import { createCookies } from '../../src/sessions/cookies.ts';
import type { Session } from '../../src/sessions/session.ts';
import { createSessions } from '../../src/sessions/sessions.ts';
import { noSignInLimits, openPeople } from '../fixtures/people.ts';
import { aClient, anAuditEvent } from '../fixtures/storage-entries.ts';
import { atEnd, type Ending } from '../fixtures/teardown.ts';

/** The issuer of the world. */
export const issuer = 'http://localhost:8080';

/** What came back, without being followed. */
export interface Answer {
  readonly status: number;
  readonly location: string;
  /** Empty: it says nothing of when to come again. */
  readonly retryAfter: string;
  readonly html: string;
}

/** A browser at which somebody is signed in, or nobody. */
export interface Visitor {
  readonly session: Session | null;
  readonly get: (path: string) => Promise<Answer>;
  /** Sends a form with the token that the page of `path` has, unless `fields` has one. */
  readonly post: (path: string, fields: Readonly<Record<string, string>>) => Promise<Answer>;
}

/** The token that the forms of a page have. */
export function csrfIn(html: string): string {
  return /name="csrf" value="([^"]+)"/.exec(html)?.[1] ?? '';
}

/** The account pages over a storage of their own. Who has to prove who they are is sent to `/proof`. */
export async function openAccountWorld(context: Ending, limits: SignInLimits = noSignInLimits) {
  const people = await openPeople(context);
  const { stores, clock } = people;
  const cookies = createCookies(issuer);
  const logger = silentLogger;
  const sessions = createSessions({
    store: stores.sessions,
    cookies,
    limits: { idle: 86_400, absolute: 864_000 },
    endSession: (id) => stores.endings.endSession(id, clock.now()),
    isPlaceInForce: async () => true,
    clock,
    logger,
  });
  const passkeys = createPasskeys({
    store: stores.passkeys,
    accounts: stores.accounts,
    clock,
    issuer,
    serverName: 'Test',
  });
  const app = fastify();
  atEnd(context, () => app.close());
  preparePages(app, {
    brand: { name: 'Test', logoUri: null, color: null },
    basePath: '',
    shortestPassword: 8,
  });
  registerAccountPages(app, {
    issuer,
    browsers: createBrowsers({ sessions, cookies }),
    accounts: stores.accounts,
    askForProof: async (_request, reply, { reason, section }) =>
      redirect303(reply, `/proof?reason=${reason}&section=${section}`),
    consents: stores.consents,
    sessions,
    clients: stores.clients,
    currentCatalog: createLiveCatalog({ applications: [], scopes: [] }, stores.scopes),
    logoUriOf: () => null,
    endings: createEndings({ store: stores.endings, clock, wake: () => undefined }),
    clock,
    identityProviders: {
      current: async () => ({ all: [], find: (id) => (id === builtIn.id ? builtIn : elsewhere) }),
    },
    passwordChange: createPasswordChange({ ...people, store: stores.accounts, limits }),
    passkeys,
    totp: people.totp,
    limits: unlimited,
    logger,
  });
  const signIn = (account: Account, identityProviderId: string) =>
    sessions.signIn({
      account,
      identityProviderId,
      acr: null,
      amr: ['pwd'],
      cookieHeader: undefined,
      userAgent: 'Firefox/140 Linux',
    });
  return {
    ...people,
    sessions,
    passkeys,
    change: async ({ id }: Account, changes: Partial<Account>): Promise<void> => {
      const stored = await stores.accounts.load(id);
      assert.ok(stored);
      assert.equal(await stores.accounts.replace({ ...stored, ...changes }), 'replaced');
    },
    newVisitor: (): Visitor => visitorOf(app, null, []),
    /** Somebody who has just signed in. */
    signIn: async (account: Account, identityProviderId: string = builtIn.id): Promise<Visitor> => {
      const signedIn = await signIn(account, identityProviderId);
      assert.ok(signedIn !== 'gone');
      return visitorOf(app, signedIn.session, [signedIn.setCookie]);
    },
    /** Something that `account` has allowed a client of its own. */
    allow: async (account: Account, changes: Partial<Client> = {}): Promise<Consent> => {
      const client = aClient(changes);
      const audit = anAuditEvent(client.id, 'client.created');
      await stores.clients.insert({ client, secrets: [], audit });
      const consent: Consent = {
        id: orderedUuid(),
        clientId: client.id,
        accountId: account.id,
        revision: 1,
        allowed: { scopes: ['openid', 'email'], audiences: [], claims: [], redirectHosts: [] },
        createdAt: clock.now(),
        lastUsedAt: clock.now(),
      };
      assert.equal(await stores.consents.insert(consent), 'inserted');
      return consent;
    },
  };
}

const builtIn = builtInIdentityProvider;
const elsewhere = {
  ...builtInIdentityProvider,
  id: 'elsewhere',
  name: 'Example Corp',
  type: 'oidc',
} as never;

function visitorOf(app: FastifyInstance, session: Session | null, setCookies: readonly string[]): Visitor {
  const cookies = new Map<string, string>();
  const keep = (headers: readonly string[]): void => {
    for (const header of headers) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(header) ?? [];
      cookies.set(name, value);
    }
  };
  keep(setCookies);
  const send = async (method: 'GET' | 'POST', url: string, payload?: string): Promise<Answer> => {
    const response = await app.inject({
      method,
      url,
      headers: {
        accept: 'text/html',
        cookie: Array.from(cookies, ([name, value]) => `${name}=${value}`).join('; '),
        ...(payload !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      ...(payload !== undefined && { payload }),
    });
    keep([response.headers['set-cookie'] ?? []].flat());
    const { location = '', 'retry-after': retryAfter = '' } = response.headers;
    return { status: response.statusCode, location, retryAfter: String(retryAfter), html: response.body };
  };
  const get = (path: string) => send('GET', path);
  return {
    session,
    get,
    post: async (path, fields) => {
      const csrf = csrfIn((await get(path)).html);
      return send('POST', path, new URLSearchParams({ csrf, ...fields }).toString());
    },
  };
}
