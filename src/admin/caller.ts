import type { Actor } from '../clients/policy.ts';
import type { Attempt } from '../kernel/request-limits.ts';

/** A verified access token, as far as administration looks at it. */
export interface CallerToken {
  readonly subject: string;
  readonly clientId: string;
  readonly scopes: ReadonlySet<string>;
}

/** What tells a caller from its token. `composition/` joins it from the engine, the accounts and the applications. */
export interface CallerSources {
  /** Undefined: not a token of this server for this server, or no longer valid. */
  readonly verifyToken: (token: string) => Promise<CallerToken | undefined>;
  /** Whether `id` is an account that is enabled and has the role administrator. */
  readonly isAdministrator: (id: string) => Promise<boolean>;
  /** Ids of the applications that an account administers. */
  readonly administeredBy: (accountId: string) => ReadonlySet<string>;
  readonly bootstrapClientId: string;
}

/**
 * Turns an `Authorization` header into the actor of the request; undefined: no token, or a bad one (RFC 6750 §3.1). A bad one is
 * a failed attempt; with a good one the request is its client's.
 * @throws TooManyRequestsError when that client asks too often
 */
export type AuthenticateCaller = (
  authorization: string | null | undefined,
  attempt: Attempt,
) => Promise<Actor | undefined>;

/** The scope that makes its bearer an administrator. */
const administratorScope = 'admin';

const bearer = /^Bearer +([A-Za-z0-9._~+/-]+=*) *$/i;

/**
 * Makes the one way in for administration: a bearer token (RFC 6750 §2.1) whose bearer is an administrator by its scope
 * `admin`, by its account's role, or by being the bootstrap client, and otherwise sees only what is its own.
 */
export function createCallerAuthentication(sources: CallerSources): AuthenticateCaller {
  return async (authorization, attempt) => {
    const token = bearer.exec(authorization ?? '')?.[1];
    const verified = token === undefined ? undefined : await sources.verifyToken(token);
    if (!verified) {
      if (token !== undefined) attempt.fail();
      return undefined;
    }
    const { subject, scopes, clientId } = verified;
    attempt.succeed(clientId);
    const administrator =
      scopes.has(administratorScope) ||
      clientId === sources.bootstrapClientId ||
      (await sources.isAdministrator(subject));
    return { subject, scopes, administrator, administers: sources.administeredBy(subject), operator: false };
  };
}

/**
 * The challenge to who has no token that is in force. It names an error only to who sent something (RFC 6750 §3.1), and something always: the
 * scheme must not stand there alone (§3).
 */
export function challengeTo(authorization: string | null | undefined): string {
  return authorization == null ? 'Bearer realm="oauth"' : 'Bearer error="invalid_token"';
}
