import { hash } from 'node:crypto';

/** Hash functions by how the names of signature algorithms end (RFC 7518 §3.1). */
const hashes: Readonly<Record<string, string>> = { '256': 'sha256', '384': 'sha384', '512': 'sha512' };

/** The `at_hash` that belongs to an access token in an ID token signed with `algorithm`; those of RFC 8037 hash with SHA-512 (OpenID Connect Core §3.1.3.6). */
export function accessTokenHash(accessToken: string, algorithm: string): string {
  const digest = hash(hashes[algorithm.slice(-3)] ?? 'sha512', accessToken, 'buffer');
  return digest.subarray(0, digest.length / 2).toString('base64url');
}
