import type { KeyObject } from 'node:crypto';
import type { Client } from '../../clients/client.ts';
import type { JsonObject } from '../../kernel/encoding.ts';
import { jwsAlgorithmsOf } from '../../keys/jws-algorithm.ts';
import { type Assertion, isSignedBy, namesOf, type PublicKeyAlg } from './assertion.ts';
import { makeNobodysKeys } from './nobodys-keys.ts';
import { createPublicKeyReader, type PublicKeyReader } from './public-key-reader.ts';

/** `private_key_jwt` (OpenID Connect Core §9). */
export interface PrivateKeyJwt {
  /** Whether a key of the client's record verifies the assertion. */
  readonly verify: (assertion: Assertion<PublicKeyAlg>, client: Client | undefined) => Promise<boolean>;
}

/** Makes the method. */
export function createPrivateKeyJwt(): PrivateKeyJwt {
  const nobodysKeys = makeNobodysKeys();
  const readKey = createPublicKeyReader();
  return {
    async verify(assertion, client) {
      const keys = client === undefined ? [] : keysOf(client, assertion, readKey);
      if (keys.length === 0) {
        await isSignedBy(assertion, nobodysKeys[assertion.alg]);
        return false;
      }
      for (const key of keys) if (await isSignedBy(assertion, key)) return true;
      return false;
    },
  };
}

/**
 * The keys of the record that the assertion may be signed with: none for another algorithm than the client's. A `kid`
 * names one of `jwks`, of which a record holds at most 20; the key in PEM has none to be named by.
 */
function keysOf(
  { tokenEndpointJwtAuthAlg, jwks, jwtPublicKey }: Client,
  assertion: Assertion<PublicKeyAlg>,
  readKey: PublicKeyReader,
): readonly KeyObject[] {
  if (tokenEndpointJwtAuthAlg !== assertion.alg) return [];
  const named = jwks?.keys.filter((jwk) => isMeantFor(jwk, assertion)) ?? [];
  return (jwtPublicKey === null ? named : [...named, jwtPublicKey])
    .map(readKey)
    .filter((key) => jwsAlgorithmsOf(key).includes(assertion.alg));
}

/** What a JWK says of itself (RFC 7517 §4.2 to §4.5) is binding. */
function isMeantFor({ kid, alg, use, key_ops: operations }: JsonObject, assertion: Assertion): boolean {
  return (
    (assertion.kid === undefined || kid === assertion.kid) &&
    (alg === undefined || namesOf(assertion.alg).some((name) => name === alg)) &&
    (use === undefined || use === 'sig') &&
    (operations === undefined || (Array.isArray(operations) && operations.includes('verify')))
  );
}
