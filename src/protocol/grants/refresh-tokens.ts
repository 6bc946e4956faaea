import type { Client } from '../../clients/client.ts';
import { type EpochSeconds, secondsAfter } from '../../kernel/clock.ts';
import { sha256 } from '../../kernel/encoding.ts';
import { refreshTokenLifetime } from '../lifetimes.ts';
import type { NewRefreshToken, StoredGrant, StoredRefreshToken } from '../stored-grant.ts';
import { endOf } from '../tokens/authorization-grants.ts';
import { makeOpaqueToken, opaqueTokenHash } from '../tokens/opaque-token.ts';
import { familyEndingOf, makeFamilyEnding } from '../tokens/refresh-token-family.ts';

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
  const expiresAt = endOf(grant, secondsAfter(now, refreshTokenLifetime(client)));
  return make(makeFamilyEnding(grant.id), { issuedAt: now, expiresAt, generation: 1 });
}

/** The next of the family that `token` belongs to; it ends when that would have. One from before there were families begins one. */
export function successorOf(
  { token, stored }: { readonly token: string; readonly stored: StoredRefreshToken },
  now: EpochSeconds,
): MadeRefreshToken {
  const { grant, expiresAt, generation } = stored;
  const ending = familyEndingOf(token) ?? makeFamilyEnding(grant.id);
  return make(ending, { issuedAt: now, expiresAt, generation: generation + 1 });
}

/** At least so many rotated tokens of a family keep their rows, for the answers that are given again; then their family tells of them. */
const keptGenerations = 100;
/** Rows are deleted this many at a time, so that few rotations have to. */
const forgottenAtOnce = 50;

/** Up to which generation a family is forgotten with the one that is stored; null: nothing is, this time. */
export function forgottenWith({ generation }: Pick<NewRefreshToken, 'generation'>): number | null {
  const isDue = generation > keptGenerations && generation % forgottenAtOnce === 0;
  return isDue ? generation - keptGenerations : null;
}

function make(ending: string, facts: Omit<NewRefreshToken, 'hash' | 'family'>): MadeRefreshToken {
  const token = makeOpaqueToken('refreshToken') + ending;
  return { token, stored: { hash: opaqueTokenHash(token), family: sha256(ending), ...facts } };
}
