import { createPrivateKey, createPublicKey, type KeyObject, type webcrypto } from 'node:crypto';
import { ClientKeyError, sealingContext } from './client-key.ts';
import type { StoredClientKey } from './client-key-store.ts';
import { type JwsAlgorithm, jwsAlgorithmsOf } from './jws-algorithm.ts';
import { publicJwkOf } from './public-jwk.ts';
import { createRecentlyUsed } from './recently-used.ts';
import { checkSignature, type RemoteSigner } from './remote-signer.ts';
import { createInternalSigner, type Signer } from './signer.ts';
import type { Vault } from './vault.ts';

/** Opens the keys of clients. */
export interface ClientSigners {
  /**
   * The signer with `key`, the same object while it is in use. Its `sign` rejects with ClientKeyError `signer-unavailable` where a
   * remote signer does not do its work.
   * @throws ClientKeyError `no-signer` when nothing here can sign with it, `key-changed` when it does not fit the algorithm
   * @throws VaultError when the key was altered or is another client's
   * @throws Error when the key is not the one that its `kid` names
   */
  readonly signerOf: (key: StoredClientKey, algorithm: JwsAlgorithm) => Signer;
}

/** Opening an RSA key takes as long as several signatures with P-256. */
const mostKept = 1000;

/**
 * Makes the opener.
 * @param deps.remoteSigner null: keys that it would hold sign nothing
 */
export function createClientSigners(deps: {
  readonly vault: Vault;
  readonly remoteSigner: RemoteSigner | null;
}): ClientSigners {
  const { vault, remoteSigner } = deps;
  const recentlyUsed = createRecentlyUsed<Signer>(mostKept);

  const open = (key: StoredClientKey, algorithm: JwsAlgorithm): Signer => {
    if (key.sealed !== null) return openSealed(vault, key, key.sealed, algorithm);
    if (key.remoteId === null || remoteSigner === null) {
      throw new ClientKeyError('no-signer', `nothing here signs with the key ${key.kid}`);
    }
    return openRemote(remoteSigner, key, key.remoteId, algorithm);
  };

  return {
    // By all that the sealed form is bound to: a key that was moved to another client is never found open.
    signerOf: (key, algorithm) =>
      recentlyUsed(`${algorithm}/${sealingContext(key)}`, () => open(key, algorithm)),
  };
}

function openSealed(vault: Vault, key: StoredClientKey, sealed: string, algorithm: JwsAlgorithm): Signer {
  const pkcs8 = vault.open(sealed, sealingContext(key));
  const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  checkKid(key, privateKey);
  checkStillFits(key, privateKey, algorithm);
  return createInternalSigner({ algorithm, kid: key.kid, privateKey });
}

function openRemote(
  remoteSigner: RemoteSigner,
  key: StoredClientKey,
  remoteId: string,
  algorithm: JwsAlgorithm,
): Signer {
  const jwk = key.publicJwk as webcrypto.JsonWebKey;
  const publicKey = createPublicKey({ key: jwk, format: 'jwk' });
  checkKid(key, publicKey);
  checkStillFits(key, publicKey, algorithm);
  return {
    algorithm,
    kid: key.kid,
    async sign(data) {
      const signature = await remoteSigner.sign(remoteId, data);
      checkSignature(publicKey, data, signature);
      return signature;
    },
  };
}

function checkKid({ kid }: StoredClientKey, key: KeyObject): void {
  if (publicJwkOf(key).kid !== kid) throw new Error(`the key ${kid} is not the key that its id names`);
}

/** The rules let no record name an algorithm that does not fit its key: the record was read before the client got this one. */
function checkStillFits({ kid }: StoredClientKey, key: KeyObject, algorithm: JwsAlgorithm): void {
  if (jwsAlgorithmsOf(key).includes(algorithm)) return;
  throw new ClientKeyError('key-changed', `${algorithm} does not fit the key ${kid}`);
}
