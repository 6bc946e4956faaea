import { isDeepStrictEqual } from 'node:util';
import type { Account } from '../../accounts/account.ts';
import { standardClaims } from '../../accounts/claims.ts';
import type { Catalog } from '../../applications/catalog.ts';
import type { Client } from '../../clients/client.ts';
import type { JsonValue } from '../../kernel/encoding.ts';
import { sidOf } from '../../sessions/session.ts';
import type { ClaimRequest, ClaimsRequest } from '../authorization/authorization-request.ts';
import { insistedValues } from '../authorization/claims-parameter.ts';
import { mayHave } from '../scopes.ts';
import type { StoredGrant } from '../stored-grant.ts';
import type { IdTokenClaims } from './id-token.ts';

/** The claims that each scope asks for (OpenID Connect Core §5.4). */
export const claimsOfScopes = {
  profile: [
    'name',
    'family_name',
    'given_name',
    'middle_name',
    'nickname',
    'preferred_username',
    'profile',
    'picture',
    'website',
    'gender',
    'birthdate',
    'zoneinfo',
    'locale',
    'updated_at',
  ],
  email: ['email', 'email_verified'],
  address: ['address'],
  phone: ['phone_number', 'phone_number_verified'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

const scopeOfClaim: ReadonlyMap<string, string> = new Map(
  Object.entries(claimsOfScopes).flatMap(([scope, names]) => names.map((name) => [name, scope] as const)),
);

/** Where claims about a person are answered. */
export type ClaimsPlace = keyof ClaimsRequest;

/** What decides which claims a client gets. */
export interface ClaimsWanted {
  readonly scopes: readonly string[];
  readonly claims: ClaimsRequest;
  readonly place: ClaimsPlace;
  /** Whether an access token was or will be issued for the same sign-in: what scopes ask for is then left to userinfo. */
  readonly hasAccessToken: boolean;
}

/**
 * What a client gets to know of a person, without `sub`: what scopes ask for at userinfo, or in an ID token that no access token
 * goes with (OpenID Connect Core §5.4), and what was asked for one by one (§5.5). A claim that was asked for with another value
 * than it has is left out (§5.5.1).
 */
export function personClaims(account: Account, wanted: ClaimsWanted): Readonly<Record<string, JsonValue>> {
  const { scopes, claims, place, hasAccessToken } = wanted;
  const singly = claims[place];
  const answersScopes = place === 'userinfo' || !hasAccessToken;
  const isWanted = ([name, value]: readonly [string, JsonValue]): boolean =>
    Object.hasOwn(singly, name)
      ? fits(value, singly[name])
      : answersScopes && scopes.includes(scopeOfClaim.get(name) ?? '');
  return Object.fromEntries(Object.entries(standardClaims(account)).filter(isWanted));
}

function fits(value: JsonValue, request: ClaimRequest | null | undefined): boolean {
  return insistedValues(request)?.some((entry) => isDeepStrictEqual(entry, value)) ?? true;
}

/**
 * What is left of the claims that were asked for one by one: those whose scope the client may have. Whoever may not ask for a scope
 * does not get what it asks for in another way.
 */
export function narrowClaimsRequest(
  claims: ClaimsRequest,
  client: Client,
  catalog: Pick<Catalog, 'scope'>,
): ClaimsRequest {
  const isLeft = ([name]: readonly [string, unknown]): boolean => {
    const scope = catalog.scope(scopeOfClaim.get(name) ?? 'openid');
    return scope !== undefined && mayHave(client, scope);
  };
  return {
    userinfo: Object.fromEntries(Object.entries(claims.userinfo).filter(isLeft)),
    id_token: Object.fromEntries(Object.entries(claims.id_token).filter(isLeft)),
  };
}

/**
 * What an ID token says of how the person signed in (OpenID Connect Core §2): `auth_time` always, `acr` and `amr` where they are
 * known, `sid` (Front-Channel Logout §3), and the `nonce` of the request.
 */
export function signInClaims(
  grant: Pick<StoredGrant, 'sessionId' | 'record'>,
  { client, nonce }: { readonly client: Pick<Client, 'id'>; readonly nonce: string | null },
): Omit<IdTokenClaims, 'sub'> {
  const { authTime, acr, amr } = grant.record;
  return {
    auth_time: authTime,
    ...(acr !== null && { acr }),
    ...(amr.length > 0 && { amr }),
    sid: sidOf(grant.sessionId, client.id),
    ...(nonce !== null && { nonce }),
  };
}
