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
  /** Of the provider, as it was then. Default: null, this server. */
  readonly providerIssuer?: string | null;
  /** Default: this moment. */
  readonly authTime?: EpochSeconds;
  readonly acr: string | null;
  readonly amr: readonly string[];
  readonly cookieHeader: string | undefined;
  readonly userAgent: string | undefined;
}

/** Who is signed in at which browser: the one owner of the rows and of the cookie. */
export interface Sessions {
  /**
   * The live sessions that a `Cookie` header proves, the last used first: their time is not over, and people still sign in where they came
   * from. Calls of one tick share one read.
   */
  readonly read: (cookieHeader: string | undefined) => Promise<readonly Session[]>;
  /**
   * The same with those that count no more, while they are stored: what came from them may be in force, so that there is something to
   * end. That they are read is no use of them.
   */
  readonly readProven: (cookieHeader: string | undefined) => Promise<readonly Session[]>;
  /**
   * Signs a person in, under a secret that nobody has had before: who planted a cookie gains nothing by it. The session of the
   * same account and provider at this browser goes on under its id, also when its time was over; of more than five, the ones that were used least recently are
   * no longer held by the browser, and of more than a hundred of the account, at all browsers, they end. `gone`: the account was deleted, disabled or changed meanwhile.
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
  /** Ends a session that an account has too many of, so that clients are told. */
  readonly endSession: (id: string) => Promise<unknown>;
  /** Whether people still sign in where a session came from. */
  readonly isPlaceInForce: (
    place: Pick<Session, 'identityProviderId' | 'providerIssuer'>,
  ) => Promise<boolean>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Of one account: all of them stand on one page, and go into one write when they end. */
const mostOfAccount = 100;

const none: readonly Session[] = [];
const longestUserAgent = 255;

/** Makes the sessions. */
export function createSessions(deps: SessionsDeps): Sessions {
  const { store, cookies, limits, isPlaceInForce, clock } = deps;
  const lastSeen = createLastSeenRecorder(deps);
  const heldIn = (header: string | undefined) => readHeld(cookies.read(header, 'session'));
  const setCookie = (held: readonly HeldSession[]) =>
    cookies.write('session', writeHeld(held), held.length === 0 ? 0 : limits.absolute);

  const loadProven = async (held: readonly HeldSession[]): Promise<readonly ProvenSession[]> => {
    const stored = await Promise.all(held.map(({ id }) => store.load(id)));
    return held.flatMap((entry, index) => {
      const found = stored[index];
      return found !== undefined && isProven(found, entry) ? [{ ...entry, ...found }] : [];
    });
  };
  const liveAmong = async (sessions: readonly Session[]): Promise<readonly Session[]> => {
    const now = clock.now();
    const inTime = sessions.filter((session) => isInTime(session, limits, now));
    const inForce = await Promise.all(inTime.map(isPlaceInForce));
    return inTime.filter((_, index) => inForce[index]);
  };

  return {
    async read(cookieHeader) {
      const held = heldIn(cookieHeader);
      if (held.length === 0) return none;
      const sessions = await liveAmong((await loadProven(held)).map(({ session }) => session));
      for (const session of sessions) lastSeen.note(session);
      return sessions;
    },
    async readProven(cookieHeader) {
      const held = heldIn(cookieHeader);
      return held.length === 0 ? none : (await loadProven(held)).map(({ session }) => session);
    },
    async signIn(signIn) {
      // Those too whose time is over: what came from them can be ended as long as the browser holds them.
      const proven = await loadProven(heldIn(signIn.cookieHeader));
      const known = proven.find(({ session }) => isSame(session, signIn));
      const secret = toBase64url(randomOctets(32));
      const stored = { session: sessionOf(signIn, known?.session, deps), secretHash: sha256(secret) };
      const session = await keep(store, stored, known, signIn.account.revision);
      if (session === undefined) return 'gone';
      if (session.id !== known?.id) await endSurplus(session.accountId, deps);
      const others = proven.filter(({ id }) => id !== session.id && id !== known?.id);
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
      return liveAmong(await store.listOfAccount(accountId));
    },
    flush: lastSeen.flush,
  };
}

/** Behind the sign-in: of several at once each ends what it finds, and what has ended is ended no more. */
async function endSurplus(
  accountId: string,
  { store, endSession }: Pick<SessionsDeps, 'store' | 'endSession'>,
): Promise<void> {
  for (const id of await store.beyond(accountId, mostOfAccount)) await endSession(id);
}

interface ProvenSession extends HeldSession, StoredSession {}

function isProven({ secretHash }: StoredSession, { secret }: HeldSession): boolean {
  return equalInConstantTime(Buffer.from(secretHash), Buffer.from(sha256(secret)));
}

function isInTime({ lastSeenAt, expiresAt }: Session, { idle }: SessionLimits, now: EpochSeconds): boolean {
  return now < expiresAt && now < lastSeenAt + idle;
}

function isSame(session: Session, signIn: SignInAtBrowser): boolean {
  const { account, identityProviderId, providerIssuer = null } = signIn;
  const isOfPlace =
    session.identityProviderId === identityProviderId && session.providerIssuer === providerIssuer;
  return session.accountId === account.id && isOfPlace;
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
  { account, identityProviderId, providerIssuer = null, authTime, acr, amr, userAgent }: SignInAtBrowser,
  known: Session | undefined,
  { clock, limits }: Pick<SessionsDeps, 'clock' | 'limits'>,
): Session {
  const now = clock.now();
  return {
    id: known?.id ?? orderedUuid(),
    accountId: account.id,
    identityProviderId,
    providerIssuer,
    authTime: authTime ?? now,
    acr,
    amr,
    createdAt: known?.createdAt ?? now,
    lastSeenAt: now,
    expiresAt: secondsAfter(now, limits.absolute),
    userAgent: userAgent?.slice(0, longestUserAgent) ?? null,
  };
}
