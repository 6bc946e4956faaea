import assert from 'node:assert/strict';
import { type FastifyInstance, fastify } from 'fastify';
import type { Account } from '../../src/accounts/account.ts';
import type { Client } from '../../src/clients/client.ts';
import { createBrowsers } from '../../src/interaction/browser.ts';
import { registerLogout } from '../../src/interaction/logout.ts';
import { preparePages } from '../../src/interaction/page-replies.ts';
import { type Clock, createManualClock, type ManualClock } from '../../src/kernel/clock.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { unlimited } from '../../src/kernel/request-limits.ts';
import { createClientKeys } from '../../src/keys/client-keys.ts';
import { openKeyring } from '../../src/keys/keyring.ts';
import { createSecretKeeper } from '../../src/keys/secret-keeper.ts';
import { createVault } from '../../src/keys/vault.ts';
import { createEndSession } from '../../src/protocol/logout/end-session.ts';
import { createEndings } from '../../src/protocol/logout/endings.ts';
import { createFrontchannelLogout } from '../../src/protocol/logout/frontchannel.ts';
import { createClientTokens } from '../../src/protocol/tokens/client-tokens.ts';
import { createIdTokenHints } from '../../src/protocol/tokens/id-token-hint.ts';
import { createCookies } from '../../src/sessions/cookies.ts';
import { type Session, sidOf } from '../../src/sessions/session.ts';
import { createSessions } from '../../src/sessions/sessions.ts';
import type { Stores } from '../../src/storage/storage.ts';
import { sendInto } from '../fixtures/browser-request.ts';
import { createPeopleRows, type PeopleRows } from '../fixtures/people-rows.ts';
import { createPerson, type Person, type Place } from '../fixtures/person.ts';
import { someTime } from '../fixtures/storage-entries.ts';
import { atEnd, type Ending } from '../fixtures/teardown.ts';
import { openTestStorage } from '../fixtures/test-storage.ts';

export const issuer = 'https://id.example';

/** What is different about a world. */
export interface EndSessionWorldOptions {
  /** Below the origin of `issuer`. Default: none. */
  readonly path?: string;
}

/** What the browser was sent. */
export interface Shown extends Pick<Place, 'status' | 'headers' | 'page' | 'requests'> {
  readonly location: string | undefined;
  /** Empty: there is no page. */
  readonly html: string;
}

/** A browser at which somebody may be signed in. */
export interface TestBrowser {
  readonly person: Person;
  readonly signIn: (account: Account) => Promise<Session>;
  readonly get: (path: string, parameters?: Readonly<Record<string, string>>) => Promise<Shown>;
  readonly post: (path: string, parameters?: Readonly<Record<string, string>>) => Promise<Shown>;
  /** Sends the form of a page that asks, with what it holds; `changes` say otherwise. */
  readonly confirm: (page: Shown, changes?: Readonly<Record<string, string>>) => Promise<Shown>;
}

/** Signing out, on a server of its own. */
export interface EndSessionWorld {
  readonly clock: ManualClock;
  readonly stores: Stores;
  readonly rows: PeopleRows;
  readonly openBrowser: () => TestBrowser;
  /** An ID token of a client for a session. */
  readonly idToken: (client: Client, session: Session) => Promise<string>;
  /** Lets the clients take part in a session, as a sign-in does. */
  readonly signInAt: (session: Session, account: Account, ...clients: readonly Client[]) => Promise<void>;
  /** Whether the session is stored. */
  readonly isLive: (session: Session) => Promise<boolean>;
  /** Rotates the keys of the server, and lets time pass until those that have signed before are removed. */
  readonly removeKeys: () => Promise<void>;
}

/** Opens one. */
export async function openEndSessionWorld(
  context: Ending,
  { path = '' }: EndSessionWorldOptions = {},
): Promise<EndSessionWorld> {
  const storage = await openTestStorage(context);
  const { stores } = storage;
  const clock = createManualClock(someTime);
  const vault = createVault(Buffer.alloc(32, 7));
  const longestTokenLifetimeSeconds = 86_400;
  const limits = { idle: 86_400, absolute: 2_592_000 };
  const keyring = await openKeyring({
    store: stores.keys,
    vault,
    clock,
    algorithms: ['ES256', 'RS256'],
    longestTokenLifetimeSeconds,
    hintSeconds: limits.absolute,
  });
  const logger = silentLogger;
  const keys = { store: stores.clientKeys, vault, remoteSigner: null, clock, logger };
  const signing = {
    issuer: issuer + path,
    keyring,
    clientKeys: createClientKeys({ ...keys, longestTokenLifetimeSeconds }),
    pastKeys: stores.pastKeys,
    secretKeeper: createSecretKeeper({ keyring, vault, secretStorage: 'sealed' }),
    secretsKept: true,
    remoteSigner: false,
    clock,
  };
  const cookies = createCookies(issuer);
  const sessions = createSessions({
    store: stores.sessions,
    cookies,
    limits,
    endSession: (id) => stores.endings.endSession(id, clock.now()),
    isPlaceInForce: async () => true,
    clock,
    logger,
  });
  const clients = stores.clients;
  const app = fastify();
  preparePages(app, {
    brand: { name: 'Clientele', logoUri: null, color: null },
    basePath: path,
    shortestPassword: 8,
  });
  registerLogout(app, {
    issuer: issuer + path,
    endSession: createEndSession({ clients, idTokenHints: createIdTokenHints({ ...signing, clients }) }),
    frontchannel: createFrontchannelLogout({ issuer: issuer + path, store: stores.endings, clients }),
    endings: createEndings({ store: stores.endings, clock, wake: () => {} }),
    sessions,
    browsers: createBrowsers({ sessions, cookies }),
    accounts: stores.accounts,
    logoUriOf: () => null,
    limits: unlimited,
    logger,
  });
  atEnd(context, () => app.close());
  atEnd(context, sessions.flush);

  const tokens = createClientTokens(signing);
  const rows = createPeopleRows(storage);
  return {
    clock,
    stores,
    rows,
    openBrowser: () =>
      createBrowser(app, clock, async (account, cookieHeader) => {
        const signIn = { account, identityProviderId: 'built-in', acr: null, amr: ['pwd'] };
        const outcome = await sessions.signIn({ ...signIn, cookieHeader, userAgent: undefined });
        if (outcome === 'gone') throw new Error('the account is gone');
        return outcome;
      }),
    idToken: async (client, session) => {
      const stored = await clients.load(client.id);
      if (stored === undefined) throw new Error('the client is gone');
      const claims = { sub: session.accountId, sid: sidOf(session.id, client.id) };
      return tokens.idTokens.issue({ stored, claims });
    },
    signInAt: async ({ id }, account, ...participants) => {
      for (const client of participants) await rows.signIn(id, account, client);
    },
    removeKeys: async () => {
      for (const algorithm of ['ES256', 'RS256'] as const) await keyring.rotate(algorithm);
      clock.advance(longestTokenLifetimeSeconds + 3602);
      await keyring.removeRetired();
    },
    isLive: async ({ id }) => (await stores.sessions.load(id)) !== undefined,
  };
}

type SignIn = (
  account: Account,
  cookieHeader: string | undefined,
) => Promise<{ readonly session: Session; readonly setCookie: string }>;

function createBrowser(app: FastifyInstance, clock: Clock, signIn: SignIn): TestBrowser {
  const person = createPerson({ issuer, clock, send: sendInto(app) });
  const url = new URL(issuer);
  return {
    person,
    signIn: async (account) => {
      const cookie = person.jar.headerFor({ url, method: 'POST', initiator: 'same-site' });
      const { session, setCookie } = await signIn(account, cookie);
      person.jar.take(url, [setCookie]);
      return session;
    },
    get: async (path, parameters = {}) =>
      shownAt(await person.open(`${path}?${new URLSearchParams(parameters)}`)),
    post: async (path, form = {}) => shownAt(await person.open(path, { method: 'POST', form })),
    confirm: async ({ page }, forged = {}) =>
      shownAt(await person.press('logout-confirm', { forged }, page ?? assert.fail('there is no page'))),
  };
}

function shownAt({ status, headers, page, location, requests }: Place): Shown {
  return { status, headers, page, html: page?.html ?? '', location: location?.href, requests };
}
