import { createPublicKey } from 'node:crypto';
import type { JsonObject } from '../kernel/encoding.ts';
import { createSnapshot } from '../kernel/snapshot.ts';
import { ClientKeyError } from './client-key.ts';
import { type ClientKeyMaker, createClientKeyMaker } from './client-key-maker.ts';
import {
  type ClientKeyRemoval,
  type ClientKeyRemovalDependencies,
  createClientKeyRemoval,
} from './client-key-removal.ts';
import type { ClientKeyStore } from './client-key-store.ts';
import { createClientSigners } from './client-signers.ts';
import { didKeyOf } from './did-key.ts';
import type { JwsAlgorithm } from './jws-algorithm.ts';
import type { RemoteSigner } from './remote-signer.ts';
import type { Signer } from './signer.ts';
import type { Vault } from './vault.ts';

/** The key pairs of clients, from their making to their end. The registry stores what `make` makes. */
export interface ClientKeys extends ClientKeyMaker, ClientKeyRemoval {
  /** The `did:key` of a public key in PEM. */
  readonly didOf: (publicKey: string) => string;
  /**
   * The signer with the key that a client has when the call begins.
   * @throws ClientKeyError `no-signer` when it has none, or nothing here can sign with it; `key-changed` when it does not fit the
   *   algorithm
   */
  readonly signerOf: (clientId: string, algorithm: JwsAlgorithm) => Promise<Signer>;
  /** The public keys that the JWK Set shows when the call begins; the same array until they change. */
  readonly published: () => Promise<readonly JsonObject[]>;
}

/** What the keys of clients are made of. */
export interface ClientKeysDependencies extends ClientKeyRemovalDependencies {
  readonly store: ClientKeyStore;
  readonly vault: Vault;
  /** Null: `universal` keys cannot be made, and sign nothing. */
  readonly remoteSigner: RemoteSigner | null;
}

/** Makes the keys of clients. */
export function createClientKeys(dependencies: ClientKeysDependencies): ClientKeys {
  const { store } = dependencies;
  const signers = createClientSigners(dependencies);

  return {
    ...createClientKeyMaker(dependencies),
    ...createClientKeyRemoval(dependencies),
    didOf: (publicKey) => didKeyOf(createPublicKey(publicKey)),
    signerOf: async (clientId, algorithm) => {
      const key = await store.current(clientId);
      if (!key) throw new ClientKeyError('no-signer', `the client ${clientId} has no key of its own`);
      return signers.signerOf(key, algorithm);
    },
    published: createSnapshot({ revision: store.revision, load: store.published }),
  };
}
