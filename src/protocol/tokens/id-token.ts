import { hash } from 'node:crypto';
import type { SignatureAlg } from '../../clients/client.ts';
import type { StoredClient } from '../../clients/store.ts';
import { type Clock, type EpochSeconds, secondsAfter } from '../../kernel/clock.ts';
import type { JsonValue } from '../../kernel/encoding.ts';
import type { TokenSigner } from './token-signer.ts';

/** What an ID token says of a person and of how they signed in (OpenID Connect Core §2, §5.1). */
export interface IdTokenClaims {
  readonly sub: string;
  readonly nonce?: string;
  readonly auth_time?: EpochSeconds;
  readonly acr?: string;
  readonly amr?: readonly string[];
  /** OpenID Connect Back-Channel Logout §2.1. */
  readonly sid?: string;
  readonly [name: string]: JsonValue | undefined;
}

/** What an ID token is to say, and what it goes to the client with. */
export interface IdTokenRequest {
  readonly stored: StoredClient;
  /** Where they name what the server itself says (`iss`, `aud`, `exp`, `iat`, the hashes), the server's word counts. */
  readonly claims: IdTokenClaims;
  /** Bound to the token by `at_hash` (OpenID Connect Core §3.1.3.6). */
  readonly accessToken?: string;
  /** Bound to the token by `c_hash` (OpenID Connect Core §3.3.2.11). */
  readonly code?: string;
}

/** Issues ID tokens. */
export interface IdTokenIssuer {
  /**
   * Signed as the client's record says.
   * @throws OAuthError `temporarily_unavailable`, `server_error`: there is no token then, under no other key
   */
  readonly issue: (request: IdTokenRequest) => Promise<string>;
}

/** The life of a token whose client sets none: a day, which the clients API shows for such a client. */
const defaultTtlSeconds = 86_400;

/** Makes the issuer. */
export function createIdTokenIssuer(deps: {
  readonly issuer: string;
  readonly signer: Pick<TokenSigner, 'sign'>;
  readonly clock: Clock;
}): IdTokenIssuer {
  const { issuer, signer, clock } = deps;
  return {
    async issue({ stored, claims, accessToken, code }) {
      const { id, idTokenTtl, idTokenSignatureAlg: alg } = stored.client;
      const iat = clock.now();
      return signer.sign(stored, alg, {
        ...claims,
        iss: issuer,
        aud: id,
        exp: secondsAfter(iat, idTokenTtl ?? defaultTtlSeconds),
        iat,
        at_hash: halfHash(accessToken, alg),
        c_hash: halfHash(code, alg),
      });
    },
  };
}

/** The left half of the hash of what goes with the token, by the hash of the token's own signature (OpenID Connect Core §3.1.3.6). */
function halfHash(companion: string | undefined, alg: SignatureAlg): string | undefined {
  if (companion === undefined) return undefined;
  const digest = hash(hashOf(alg), companion, 'buffer');
  return digest.subarray(0, digest.length / 2).toString('base64url');
}

/** The digits of an algorithm's name are those of its hash (RFC 7518 §3.1); Ed25519 has SHA-512 inside (RFC 8032 §5.1). */
function hashOf(alg: SignatureAlg): string {
  return alg === 'EdDSA' ? 'sha512' : `sha${alg.slice(2)}`;
}
