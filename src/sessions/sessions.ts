import { type Clock, type EpochSeconds, secondsAfter } from '../kernel/clock.ts';
import { equalInConstantTime, sha256, toBase64url } from '../kernel/encoding.ts';
import type { Logger } from '../kernel/logger.ts';
import { orderedUuid, randomOctets } from '../kernel/random.ts';
import type { Cookies } from './cookies.ts';
import { createLastSeenRecorder } from './last-seen.ts';
import type { Session } from './session.ts';
import { type HeldSession, readHeld, writeHeld } from './session-cookie.ts';
import type { SessionStore, StoredSession } from './session-store.ts';

/** How long sessions live, in seconds. */
export interface SessionLimits {
  /** Without being used. */
  readonly idle: number;
  /** From the last time that the person has proven who they are. */
  readonly absolute: number;
}

/** A person who has just proven who they are. */
export interface SignInAtBrowser {
  /** As it was when it was proven: who has another password since, or fewer factors, is asked anew. */
  readonly account: { readonly id: string; readonly revision: number };
  readonly identityProviderId: string;
  /** Default: this moment. */
  readonly authTime?: EpochSeconds;
  readonly acr: string | null;
  readonly amr: readonly string[];
  readonly cookieHeader: string | undefined;
  readonly userAgent: string | undefined;
}

/** Who is signed in at which browser: the one owner of the rows and of the cookie. */
export interface Sessions {
  /** The live sessions that a `Cookie` header proves, the last used first. Calls of one tick share one read. */
  readonly read: (cookieHeader: string | undefined) => Promise<readonly Session[]>;
  /**
   * Signs a person in, under a secret that nobody has had before: who planted a cookie gains nothing by it. The session of the
   * same account and provider at this browser goes on under its id; of more than five, the ones that were used least recently are
   * no longer held by the browser. `gone`: the account was deleted, disabled or changed meanwhile.
   */
  readonly signIn: (
    signIn: SignInAtBrowser,
  ) => Promise<{ readonly session: Session; readonly setCookie: string } | 'gone'>;
  /** The `Set-Cookie` header after which the browser holds these sessions no more. */
  readonly forget: (cookieHeader: string | undefined, ...sessionIds: readonly string[]) => string;
  /** The `Set-Cookie` header after which one session of the browser counts as the last used. */
  readonly putFirst: (cookieHeader: string | undefined, sessionId: string) => string;
  /** The live sessions of an account at all browsers, the last used first. */
  readonly listOfAccount: (accountId: string) => Promise<readonly Session[]>;
  /** Writes down which sessions were used; to be called before the storage is closed. */
  readonly flush: () => Promise<void>;
}

/** What sessions are made of. */
export interface SessionsDeps {
  readonly store: SessionStore;
  readonly cookies: Pick<Cookies, 'read' | 'write'>;
  readonly limits: SessionLimits;
  readonly clock: Clock;
  readonly logger: Logger;
}

const none: readonly Session[] = [];
const longestUserAgent = 255;

/** Makes the sessions. */
export function createSessions(deps: SessionsDeps): Sessions {
  const { store, cookies, limits, clock } = deps;
  const lastSeen = createLastSeenRecorder(deps);
  const heldIn = (header: string | undefined) => readHeld(cookies.read(header, 'session'));
  const setCookie = (held: readonly HeldSession[]) =>
    cookies.write('session', writeHeld(held), held.length === 0 ? 0 : limits.absolute);

  const load = async (held: readonly HeldSession[]): Promise<readonly LiveSession[]> => {
    const stored = await Promise.all(held.map(({ id }) => store.load(id)));
    const now = clock.now();
    return held.flatMap((entry, index) => {
      const found = stored[index];
      return found !== undefined && isProven(found, entry) && isLive(found.session, limits, now)
        ? [{ ...entry, ...found }]
        : [];
    });
  };

  return {
    async read(cookieHeader) {
      const held = heldIn(cookieHeader);
      if (held.length === 0) return none;
      const sessions = (await load(held)).map(({ session }) => session);
      for (const session of sessions) lastSeen.note(session);
      return sessions;
    },
    async signIn(signIn) {
      const live = await load(heldIn(signIn.cookieHeader));
      const known = live.find(({ session }) => isSame(session, signIn));
      const secret = toBase64url(randomOctets(32));
      const stored = { session: sessionOf(signIn, known?.session, deps), secretHash: sha256(secret) };
      const session = await keep(store, stored, known, signIn.account.revision);
      if (session === undefined) return 'gone';
      const others = live.filter(({ id }) => id !== session.id && id !== known?.id);
      return { session, setCookie: setCookie([{ id: session.id, secret }, ...others]) };
    },
    forget: (cookieHeader, ...sessionIds) =>
      setCookie(heldIn(cookieHeader).filter(({ id }) => !sessionIds.includes(id))),
    putFirst(cookieHeader, sessionId) {
      const held = heldIn(cookieHeader);
      return setCookie([
        ...held.filter(({ id }) => id === sessionId),
        ...held.filter(({ id }) => id !== sessionId),
      ]);
    },
    async listOfAccount(accountId) {
      const now = clock.now();
      return (await store.listOfAccount(accountId)).filter((session) => isLive(session, limits, now));
    },
    flush: lastSeen.flush,
  };
}

interface LiveSession extends HeldSession, StoredSession {}

function isProven({ secretHash }: StoredSession, { secret }: HeldSession): boolean {
  return equalInConstantTime(Buffer.from(secretHash), Buffer.from(sha256(secret)));
}

function isLive({ lastSeenAt, expiresAt }: Session, { idle }: SessionLimits, now: EpochSeconds): boolean {
  return now < expiresAt && now < lastSeenAt + idle;
}

function isSame(session: Session, { account, identityProviderId }: SignInAtBrowser): boolean {
  return session.accountId === account.id && session.identityProviderId === identityProviderId;
}

/** Stores a session under its secret; answers it, under another id where the known one has ended. Undefined: its account has. */
async function keep(
  store: SessionStore,
  { session, secretHash }: StoredSession,
  known: StoredSession | undefined,
  accountRevision: number,
): Promise<Session | undefined> {
  if (known !== undefined) {
    const seen = { secretHash: known.secretHash, accountRevision };
    const outcome = await store.renew({ session, secretHash }, seen);
    if (outcome !== 'conflict') return outcome === 'renewed' ? session : undefined;
  }
  const fresh = known === undefined ? session : { ...session, id: orderedUuid() };
  const outcome = await store.insert({ session: fresh, secretHash }, accountRevision);
  return outcome === 'inserted' ? fresh : undefined;
}

function sessionOf(
  { account, identityProviderId, authTime, acr, amr, userAgent }: SignInAtBrowser,
  known: Session | undefined,
  { clock, limits }: Pick<SessionsDeps, 'clock' | 'limits'>,
): Session {
  const now = clock.now();
  return {
    id: known?.id ?? orderedUuid(),
    accountId: account.id,
    identityProviderId,
    authTime: authTime ?? now,
    acr,
    amr,
    createdAt: known?.createdAt ?? now,
    lastSeenAt: now,
    expiresAt: secondsAfter(now, limits.absolute),
    userAgent: userAgent?.slice(0, longestUserAgent) ?? null,
  };
}
