import { createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { type JsonObject, sha256 } from '../kernel/encoding.ts';

/** JWS algorithms (RFC 7518 §3.1) that the server has keys for. */
export const signingAlgorithms = ['ES256', 'RS256'] as const;

/** One of `signingAlgorithms`. */
export type SigningAlgorithm = (typeof signingAlgorithms)[number];

/** Whether `name` is an algorithm that the server has keys for. */
export function isSigningAlgorithm(name: string): name is SigningAlgorithm {
  return (signingAlgorithms as readonly string[]).includes(name);
}

const generate = promisify(generateKeyPair);

const generators: Readonly<Record<SigningAlgorithm, () => Promise<{ readonly privateKey: KeyObject }>>> = {
  ES256: () => generate('ec', { namedCurve: 'P-256' }),
  RS256: () => generate('rsa', { modulusLength: 2048 }),
};

/** Makes a private key for `algorithm`, off the event loop. */
export async function generatePrivateKey(algorithm: SigningAlgorithm): Promise<KeyObject> {
  return (await generators[algorithm]()).privateKey;
}

/**
 * The public JWK (RFC 7517 §4) of a private key. It is derived from the key and never copied from what is stored,
 * so that it holds no private member whatever the database says. Its `kid` is the thumbprint (RFC 7638).
 */
export function publicJwkOf(
  privateKey: KeyObject,
  algorithm: SigningAlgorithm,
): JsonObject & { kid: string } {
  const jwk = createPublicKey(privateKey).export({ format: 'jwk' }) as Record<string, string>;
  return { ...jwk, use: 'sig', alg: algorithm, kid: thumbprint(jwk) };
}

/** RFC 7638 §3: the public members alone, in lexicographic order. A bare public JWK has no others. */
function thumbprint(publicJwk: Readonly<Record<string, string>>): string {
  const members = Object.entries(publicJwk).sort(([a], [b]) => (a < b ? -1 : 1));
  return sha256(JSON.stringify(Object.fromEntries(members)));
}
