import { asEpochSeconds, type EpochSeconds } from '../../kernel/clock.ts';
import type { JsonObject, JsonValue } from '../../kernel/encoding.ts';
import { clockSkewSeconds } from '../clock-skew.ts';
import { authenticationFailed } from './method.ts';

/** What an assertion says. */
export interface AssertionClaims {
  /** Who signs, and who is meant. */
  readonly clientId: string;
  readonly jti: string;
  /** Rounded up to whole seconds. */
  readonly exp: EpochSeconds;
}

/** The longest time that an assertion may be good for, in seconds: its `jti` is remembered for as long. */
export const longestAssertionLifeSeconds = 3600;

const longestJti = 255;

/**
 * Checks the claims of a client assertion (RFC 7523 §3, OpenID Connect Core §9).
 *
 * `exp` bears no tolerance: a client whose clock is behind makes assertions that live longer.
 * @param audiences what `aud` may be; it is one string, because who accepts an assertion for several can use it at the others
 * @throws OAuthError `invalid_client`
 */
export function checkAssertionClaims(
  claims: JsonObject,
  { audiences, now }: { readonly audiences: ReadonlySet<string>; readonly now: EpochSeconds },
): AssertionClaims {
  const { iss, sub, aud, exp, nbf, iat, jti } = claims;
  const latest = now + clockSkewSeconds;
  if (typeof iss !== 'string' || iss !== sub) throw authenticationFailed('iss and sub are not one client');
  if (typeof aud !== 'string' || !audiences.has(aud)) throw authenticationFailed('aud is not this server');
  if (typeof exp !== 'number' || exp <= now) throw authenticationFailed('exp is absent or past');
  if (exp > latest + longestAssertionLifeSeconds) throw authenticationFailed('exp is too far ahead');
  if (![nbf, iat].every((time) => isAbsentOrReached(time, latest))) {
    throw authenticationFailed('nbf or iat is no time or has not come');
  }
  if (typeof jti !== 'string' || jti === '' || jti.length > longestJti) {
    throw authenticationFailed('jti is absent, empty or too long');
  }
  return { clientId: iss, jti, exp: asEpochSeconds(Math.ceil(exp)) };
}

function isAbsentOrReached(time: JsonValue | undefined, latest: number): boolean {
  return time === undefined || (typeof time === 'number' && time <= latest);
}
