import { generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { JwsAlgorithm } from './jws-algorithm.ts';

/** JWS algorithms (RFC 7518 §3.1) that the server has keys of its own for. */
export const signingAlgorithms = ['ES256', 'RS256'] as const satisfies readonly JwsAlgorithm[];

/** One of `signingAlgorithms`. */
export type SigningAlgorithm = (typeof signingAlgorithms)[number];

/** Whether `name` is an algorithm that the server has keys of its own for. */
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
