import type { KeyObject } from 'node:crypto';
import { JOSEError } from 'jose/errors';
import { compactVerify } from 'jose/jws/compact/verify';
import { type SignatureAlg, signatureAlgs } from '../../clients/client.ts';
import type { EpochSeconds } from '../../kernel/clock.ts';

/** Algorithms whose key is the client's secret: `client_secret_jwt`. */
export type MacAlg = Extract<SignatureAlg, `HS${string}`>;

/** Algorithms whose key is a public one: `private_key_jwt`. */
export type PublicKeyAlg = Exclude<SignatureAlg, MacAlg>;

/**
 * A client assertion (RFC 7523 §3) whose form and claims are as they must be. Whether the client has signed it, and
 * whether it is used for the first time, is still to be judged.
 */
export interface Assertion<Alg extends SignatureAlg = SignatureAlg> {
  /** In compact serialization (RFC 7515 §7.1). */
  readonly jws: string;
  readonly alg: Alg;
  /** The key that it names. */
  readonly kid: string | undefined;
  readonly jti: string;
  readonly exp: EpochSeconds;
}

/** `Ed25519` is the name that RFC 9864 §2.2 gives to what the record calls `EdDSA`; both are in use. */
const namesOfEdDsa = ['EdDSA', 'Ed25519'] as const;

/** The values of `alg` that mean one algorithm. */
export function namesOf(alg: SignatureAlg): readonly string[] {
  return alg === 'EdDSA' ? namesOfEdDsa : [alg];
}

/** The algorithm that a value of `alg` means; undefined when assertions cannot have it. */
export function algNamed(name: unknown): SignatureAlg | undefined {
  return signatureAlgs.find((alg) => namesOf(alg).some((known) => known === name));
}

/** Whether the key of `alg` is the client's secret. */
export function isMacAlg(alg: SignatureAlg): alg is MacAlg {
  return alg.startsWith('HS');
}

/**
 * Whether `key` verifies the assertion's signature by the algorithm that the assertion was read with.
 * @throws TypeError when the key is not one for that algorithm
 */
export async function isSignedBy({ jws, alg }: Assertion, key: KeyObject | Uint8Array): Promise<boolean> {
  try {
    await compactVerify(jws, key, { algorithms: [...namesOf(alg)] });
    return true;
  } catch (error) {
    if (error instanceof JOSEError) return false;
    throw error;
  }
}
