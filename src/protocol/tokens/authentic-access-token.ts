import type { KeyObject } from 'node:crypto';
import type { JWTHeaderParameters } from 'jose';
import { JOSEError, JWKSNoMatchingKey } from 'jose/errors';
import { jwtVerify } from 'jose/jwt/verify';
import type { Clock } from '../../kernel/clock.ts';
import type { KeySet } from '../../keys/key-set.ts';
import { signingAlgorithms } from '../../keys/signing-algorithm.ts';
import { clockSkewSeconds } from '../clock-skew.ts';
import type { AccessTokenStore } from '../store.ts';
import { accessTokenType } from '../vocabulary.ts';
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
      const keyOf = (header: JWTHeaderParameters) => publicKeyOf(keyring.keySet(), header);
      const { payload, protectedHeader } = await jwtVerify(token, keyOf, {
        // Whichever is issued: a token outlives the setting that it was signed under.
        algorithms: [...signingAlgorithms],
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
    return keyring.keySet().verificationKey(kid) && claimsOf(token);
  };
}

/** A key verifies its own algorithm alone, whatever the header says (RFC 8725 §3.1). */
function publicKeyOf(
  keySet: Pick<KeySet, 'verificationKey'>,
  { alg, kid = '' }: JWTHeaderParameters,
): KeyObject {
  const key = keySet.verificationKey(kid);
  if (key?.algorithm !== alg) throw new JWKSNoMatchingKey();
  return key.publicKey;
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
