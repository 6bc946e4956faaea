import type { Client } from '../../clients/client.ts';
import { type EpochSeconds, secondsAfter } from '../../kernel/clock.ts';
import { refreshTokenLifetime } from '../lifetimes.ts';
import type { NewRefreshToken, StoredGrant } from '../stored-grant.ts';
import { endOf } from '../tokens/authorization-grants.ts';
import { makeOpaqueToken, opaqueTokenHash } from '../tokens/opaque-token.ts';

/** A refresh token as it goes to the client, and as it is stored. */
export interface MadeRefreshToken {
  readonly token: string;
  readonly stored: NewRefreshToken;
}

/**
 * Whether a sign-in gives a refresh token: to a client that may refresh, for access while the person is away (OpenID Connect Core §11),
 * or always, and then it ends with the session.
 */
export function givesRefreshToken({ grantTypes, refreshTokenIssuance }: Client, grant: StoredGrant): boolean {
  return grantTypes.includes('refresh_token') && (grant.offline || refreshTokenIssuance === 'always');
}

/** The first refresh token of a grant. */
export function firstRefreshToken(client: Client, grant: StoredGrant, now: EpochSeconds): MadeRefreshToken {
  return makeRefreshToken(now, endOf(grant, secondsAfter(now, refreshTokenLifetime(client))));
}

/** A refresh token that ends at `expiresAt`. */
export function makeRefreshToken(issuedAt: EpochSeconds, expiresAt: EpochSeconds): MadeRefreshToken {
  const token = makeOpaqueToken('refreshToken');
  return { token, stored: { hash: opaqueTokenHash(token), issuedAt, expiresAt } };
}
