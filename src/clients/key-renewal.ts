import { isDeepStrictEqual } from 'node:util';
import type { Client } from './client.ts';
import { RegistryError } from './errors.ts';
import type { KeyInHand } from './key-in-hand.ts';
import type { ClientKey, KeyMaker, Renewal } from './key-pair.ts';

/** The record as it will be. */
export interface Verdict {
  readonly client: Client;
  /** The key pair that takes over; null: the client has none any more. Absent: the present one stays. */
  readonly key?: ClientKey | null;
}

/** Gives a judged record the key pair that belongs to it. */
export type KeyRenewal = (
  before: Client | null,
  after: Client,
  how: { readonly renew?: Renewal; readonly keyInHand: KeyInHand },
) => Promise<Verdict>;

/**
 * Makes the renewal: a key pair of another type, or one that was asked for, is made; anything else keeps the present one.
 * @throws RegistryError `busy`, `signer_unavailable`
 */
export function createKeyRenewal(keyMaker: Pick<KeyMaker, 'didOf'>): KeyRenewal {
  const withDid = (client: Client): Client => ({
    ...client,
    did: client.publicKey === null ? null : keyMaker.didOf(client.publicKey),
  });

  return async (before, after, { renew, keyInHand }) => {
    const keepsKey = isDeepStrictEqual(before?.keyPairType ?? null, after.keyPairType);
    if (keepsKey && renew !== 'key-pair') return { client: renew === 'did' ? withDid(after) : after };
    const key = after.keyPairType && (await keyInHand.take(after.id, after.keyPairType));
    // Only a signer that does not make a key when it is asked for one answers the present one.
    if (key && key.publicKey === before?.publicKey) throw new RegistryError('signer_unavailable');
    return { client: withKey(after, key), key };
  };
}

/** The derived fields of a client that has `key`. Its DID, once it was asked for, is always that of its present key. */
function withKey(client: Client, key: ClientKey | null): Client {
  const { publicKey = null, did = null } = key ?? {};
  return { ...client, publicKey, did: client.did === null ? null : did };
}
