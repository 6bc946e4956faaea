import type { KeyObject } from 'node:crypto';
import type { JWTHeaderParameters } from 'jose';
import { JOSEError, JWKSNoMatchingKey } from 'jose/errors';
import { jwtVerify } from 'jose/jwt/verify';
import type { Clock } from '../../kernel/clock.ts';
import type { KeySet, VerificationKey } from '../../keys/key-set.ts';
import { clockSkewSeconds } from '../clock-skew.ts';
import type { AccessTokenStore } from '../store.ts';
import { accessTokenType } from '../vocabulary.ts';
import { accessTokenAlgorithm } from './access-token.ts';
import { type AccessTokenClaims, isAccessTokenClaims } from './access-token-claims.ts';
import { isOpaque, opaqueTokenHash } from './opaque-token.ts';
import { createVerifiedSignatures } from './verified-signatures.ts';

/** An access token that this server has issued and that has not expired, with the claims that it was issued with. */
export interface AuthenticAccessToken {
  readonly claims: AccessTokenClaims;
  /** What an opaque token is found by; null for a JWT. */
  readonly opaqueHash: string | null;
}

/** Reads an access token; undefined when it is not ours, altered or expired. It may be out of force all the same. */
export type AccessTokenReader = (token: string) => Promise<AuthenticAccessToken | undefined>;

/** What tokens are read with. */
export interface AccessTokenReaderDeps {
  readonly issuer: string;
  readonly keyring: { readonly keySet: () => Pick<KeySet, 'verificationKey'> };
  readonly accessTokens: Pick<AccessTokenStore, 'find'>;
  readonly clock: Clock;
}

/** Makes the reader. */
export function createAccessTokenReader(deps: AccessTokenReaderDeps): AccessTokenReader {
  const { issuer, accessTokens, clock } = deps;
  const readJwt = createJwtReader(deps);

  const isValid = (claims: object | undefined): claims is AccessTokenClaims =>
    claims !== undefined && isAccessTokenClaims(claims) && claims.iss === issuer && isInTime(claims, clock);

  return async (token) => {
    const opaqueHash = isOpaque('accessToken', token) ? opaqueTokenHash(token) : null;
    const claims = opaqueHash === null ? await readJwt(token) : (await accessTokens.find(opaqueHash))?.claims;
    return isValid(claims) ? { claims, opaqueHash } : undefined;
  };
}

/** Makes the reader of JWTs, which verifies a signature once. */
function createJwtReader({
  issuer,
  keyring,
  clock,
}: AccessTokenReaderDeps): (token: string) => Promise<object | undefined> {
  const signatures = createVerifiedSignatures();

  const verify = async (token: string): Promise<object | undefined> => {
    try {
      const keyOf = ({ kid = '' }: JWTHeaderParameters) => publicKeyOf(keyring.keySet(), kid);
      const { payload, protectedHeader } = await jwtVerify(token, keyOf, {
        algorithms: [accessTokenAlgorithm],
        typ: accessTokenType,
        issuer,
        currentDate: new Date(clock.now() * 1000),
      });
      signatures.remember(token, protectedHeader.kid ?? '');
      return payload;
    } catch (error) {
      if (error instanceof JOSEError) return undefined;
      throw error;
    }
  };

  return async (token) => {
    const kid = signatures.kidOf(token);
    if (kid === undefined) return verify(token);
    return findKey(keyring.keySet(), kid) && claimsOf(token);
  };
}

function publicKeyOf(keySet: Pick<KeySet, 'verificationKey'>, kid: string): KeyObject {
  const key = findKey(keySet, kid);
  if (key === undefined) throw new JWKSNoMatchingKey();
  return key.publicKey;
}

/** A key under `kid` that access tokens are signed with. */
function findKey(keySet: Pick<KeySet, 'verificationKey'>, kid: string): VerificationKey | undefined {
  const key = keySet.verificationKey(kid);
  return key?.algorithm === accessTokenAlgorithm ? key : undefined;
}

/** The claims of a token whose signature and form were verified. */
function claimsOf(token: string): object {
  return JSON.parse(Buffer.from(token.split('.', 2)[1] ?? '', 'base64url').toString());
}

function isInTime(
  { iat, exp, nbf = 0 }: AccessTokenClaims & { readonly nbf?: number },
  clock: Clock,
): boolean {
  const now = clock.now();
  return iat <= now + clockSkewSeconds && nbf <= now && now < exp;
}
