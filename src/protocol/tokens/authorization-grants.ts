import type { StoredClient } from '../../clients/store.ts';
import { type Clock, type EpochSeconds, secondsAfter } from '../../kernel/clock.ts';
import { orderedUuid } from '../../kernel/random.ts';
import type { Session } from '../../sessions/session.ts';
import type { AuthorizationRequest } from '../authorization/authorization-request.ts';
import { issueTime } from '../grant-in-force.ts';
import { codeLifetime } from '../lifetimes.ts';
import type { OpaqueAccessToken } from '../store.ts';
import type { GrantStore, StoredCode, StoredGrant } from '../stored-grant.ts';
import { makeOpaqueToken, opaqueTokenHash } from './opaque-token.ts';

/** A person's sign-in at a client that is to be recorded. */
export interface SignInAtClient {
  readonly request: AuthorizationRequest;
  readonly session: Session;
  readonly consentId: string;
  /** The client as the request was checked against it. */
  readonly stored: StoredClient;
}

/** What everything in a response comes from. */
interface MadeGrant {
  readonly grant: StoredGrant;
  /** Null: the response type has none (RFC 6749 §4.1.2). */
  readonly code: string | null;
}

/** What is given with a grant. */
interface MadeResponse<Response> {
  readonly response: Response;
  /** What is stored of the access token in it; null: nothing. */
  readonly accessToken: OpaqueAccessToken | null;
}

/** Records sign-ins at clients. */
export interface AuthorizationGrants {
  /**
   * Makes a grant, and stores it once `respond` has made all that is given with it: what cannot be signed leaves nothing behind.
   * `gone`: the session, the consent, the client or the account was deleted meanwhile; nothing is stored.
   */
  readonly record: <Response>(
    signIn: SignInAtClient,
    respond: (made: MadeGrant) => Promise<MadeResponse<Response>>,
  ) => Promise<Response | 'gone'>;
}

/** Makes the recorder. */
export function createAuthorizationGrants(deps: {
  readonly grants: Pick<GrantStore, 'insert'>;
  readonly clock: Clock;
  /** The life of an access token whose client sets none. */
  readonly accessTokenTtlSeconds: number;
}): AuthorizationGrants {
  const { grants, clock, accessTokenTtlSeconds } = deps;
  return {
    async record(signIn, respond) {
      const { request, stored } = signIn;
      const now = clock.now();
      const lives = {
        code: codeLifetime(stored.client),
        token: stored.client.accessTokenTtl ?? accessTokenTtlSeconds,
        id_token: 0,
      };
      const longest = Math.max(0, ...[...request.responseType].map((part) => lives[part]));
      const grant = grantOf(signIn, now, secondsAfter(now, longest));
      const code = request.responseType.has('code') ? makeOpaqueToken('code') : null;
      const { response, accessToken } = await respond({ grant, code });
      const outcome = await grants.insert({
        grant,
        code: code === null ? null : codeOf(code, request, endOf(grant, secondsAfter(now, lives.code))),
        accessToken,
      });
      return outcome === 'gone' ? outcome : response;
    },
  };
}

/** When something that comes from `grant`, and would end at `end`, ends: nothing but what is offline outlives the session. */
export function endOf(
  { offline, record }: Pick<StoredGrant, 'offline' | 'record'>,
  end: EpochSeconds,
): EpochSeconds {
  return offline || end < record.sessionExpiresAt ? end : record.sessionExpiresAt;
}

function grantOf(
  { request, session, consentId, stored }: SignInAtClient,
  now: EpochSeconds,
  end: EpochSeconds,
): StoredGrant {
  const { client, scopes, audience, claims } = request;
  const { identityProviderId, providerIssuer, authTime, acr, amr, expiresAt: sessionExpiresAt } = session;
  const place = providerIssuer === null ? { identityProviderId } : { identityProviderId, providerIssuer };
  const grant = {
    id: orderedUuid(),
    consentId,
    clientId: client.id,
    accountId: session.accountId,
    sessionId: session.id,
    offline: scopes.includes('offline_access'),
    record: { scopes, audience, claims, ...place, authTime, acr, amr, sessionExpiresAt },
    createdAt: issueTime(stored.client, now),
  };
  return { ...grant, expiresAt: endOf(grant, end) };
}

function codeOf(
  code: string,
  { target, redirectUriGiven, codeChallenge, nonce }: AuthorizationRequest,
  expiresAt: EpochSeconds,
): Pick<StoredCode, 'hash' | 'record' | 'expiresAt'> {
  const record = { redirectUri: target.redirectUri, redirectUriGiven, codeChallenge, nonce };
  return { hash: opaqueTokenHash(code), record, expiresAt };
}
