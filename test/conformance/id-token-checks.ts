import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  createLocalJWKSet,
  decodeProtectedHeader,
  type JSONWebKeySet,
  type JWTPayload,
  jwtVerify,
} from 'jose';
import { type PlanWorld, textIn } from './plan-world.ts';

/** An ID token, and what it must be about. */
export interface ExpectedIdToken {
  readonly clientId: string;
  readonly idToken: string;
  /** Null: it says none. */
  readonly nonce: string | null;
  /** What came with it. */
  readonly accessToken: string;
}

const year = 365 * 86_400;
/** Clocks of clients differ by less. */
const skew = 300;

/** Of these each may be there unasked (OpenID Connect Core §2, §3.3.2.11; RFC 7519 §4.1; Front-Channel Logout §3). */
const usualClaims = 'iss sub aud exp iat auth_time nonce acr amr azp at_hash c_hash nbf jti sid'.split(' ');

/**
 * What the suite sees to with every ID token (OpenID Connect Core §2, §3.1.3.7): RS256 under a key that is published and named, the
 * issuer, the audience, times in seconds, the nonce, and the hash of the access token.
 */
export async function checkIdToken(
  { metadata, issuer, clock }: PlanWorld,
  { clientId, idToken, nonce, accessToken }: ExpectedIdToken,
): Promise<JWTPayload> {
  const keys = await readKeys(metadata);
  const { alg, kid } = decodeProtectedHeader(idToken);
  assert.equal(alg, 'RS256');
  assert.ok(
    keys.keys.some((key) => key.kid === kid && key.kty === 'RSA'),
    `there is no key ${kid}`,
  );
  const { payload } = await jwtVerify(idToken, createLocalJWKSet(keys), {
    issuer,
    audience: clientId,
    algorithms: ['RS256'],
    currentDate: new Date(clock.now() * 1000),
    requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat'],
  });
  const { sub = '', exp = 0, iat = 0 } = payload;
  assert.match(sub, /^[\x20-\x7e]{1,255}$/);
  assert.ok(exp < clock.now() + 50 * year);
  assert.ok(Math.abs(clock.now() - iat) <= skew);
  checkAuthTime(payload['auth_time'], clock.now());
  assert.equal(payload['nonce'] ?? null, nonce);
  assert.notEqual(payload['acr'], '');
  assert.equal(payload['at_hash'], leftHalf(accessToken));
  return payload;
}

/** Sees to it that an ID token says nothing that nobody asked for. */
export function checkNothingUnasked(claims: JWTPayload): void {
  const unasked = Object.keys(claims).filter((name) => !usualClaims.includes(name));
  assert.deepEqual(unasked, []);
}

function checkAuthTime(authTime: unknown, now: number): void {
  assert.ok(Number.isInteger(authTime), String(authTime));
  assert.ok(Number(authTime) > now - year && Number(authTime) <= now + skew);
}

/** What of SHA-256 goes into `at_hash` (OpenID Connect Core §3.1.3.6). */
function leftHalf(accessToken: string): string {
  return createHash('sha256').update(accessToken, 'ascii').digest().subarray(0, 16).toString('base64url');
}

/** The keys that the metadata leads to. */
export async function readKeys(metadata: PlanWorld['metadata']): Promise<JSONWebKeySet> {
  return (await (await fetch(textIn(metadata, 'jwks_uri'))).json()) as JSONWebKeySet;
}
