import { constants, type KeyObject, type SigningOptions, sign } from 'node:crypto';
import { checkFits, type JwsAlgorithm } from './jws-algorithm.ts';

/** Signs with one key. The internal signer holds the key in this process; a remote one answers with a promise. */
export interface Signer {
  readonly algorithm: JwsAlgorithm;
  readonly kid: string;
  /** A JWS signature of `data` (RFC 7518 §3, RFC 8037 §3.1). */
  readonly sign: (data: Uint8Array) => Uint8Array | Promise<Uint8Array>;
}

type Method = (privateKey: KeyObject) => Signer['sign'];

/** For signatures that are made in less time than it takes to hand them to another thread. */
const atOnce = (hash: string | null, options: SigningOptions): Method => {
  return (privateKey) => {
    const key = { key: privateKey, ...options };
    return (data) => sign(hash, data, key);
  };
};

/** For signatures that would hold up the event loop: from 0.7 ms for ES384 to 10 ms for RSA of 4096 bits. */
const onThread = (hash: string, options: SigningOptions): Method => {
  return (privateKey) => {
    const key = { key: privateKey, ...options };
    return (data) =>
      new Promise((resolve, reject) => {
        sign(hash, data, key, (error, signature) => (error ? reject(error) : resolve(signature)));
      });
  };
};

const pkcs1 = { padding: constants.RSA_PKCS1_PADDING };
/** RFC 7518 §3.5: the salt is as long as the hash. */
const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
/** RFC 7518 §3.4: R and S one after the other, not in DER. */
const ecdsa: SigningOptions = { dsaEncoding: 'ieee-p1363' };

const methods: Readonly<Record<JwsAlgorithm, Method>> = {
  RS256: onThread('sha256', pkcs1),
  RS384: onThread('sha384', pkcs1),
  RS512: onThread('sha512', pkcs1),
  PS256: onThread('sha256', pss),
  PS384: onThread('sha384', pss),
  PS512: onThread('sha512', pss),
  ES256: atOnce('sha256', ecdsa),
  ES384: onThread('sha384', ecdsa),
  ES512: onThread('sha512', ecdsa),
  EdDSA: atOnce(null, {}),
};

/**
 * Makes a signer that holds `privateKey` in this process.
 * @throws Error when the key does not fit the algorithm
 */
export function createInternalSigner(key: {
  readonly algorithm: JwsAlgorithm;
  readonly kid: string;
  readonly privateKey: KeyObject;
}): Signer {
  const { algorithm, kid, privateKey } = key;
  checkFits(privateKey, algorithm);
  return { algorithm, kid, sign: methods[algorithm](privateKey) };
}
