import type { Client } from '../../clients/client.ts';
import type { ClientSecret, SecretContext, SecretKeeper } from '../../clients/secret.ts';
import { toBase64url } from '../../kernel/encoding.ts';
import { randomOctets, randomUuid } from '../../kernel/random.ts';
import { type Assertion, isSignedBy, type MacAlg } from './assertion.ts';

/** Octets of each hash: a key must have as many (RFC 7518 §3.2). */
const hashOctets: Readonly<Record<MacAlg, number>> = { HS256: 32, HS384: 48, HS512: 64 };

/** `client_secret_jwt` (OpenID Connect Core §9). */
export interface ClientSecretJwt {
  /** The secret among `live` that is the key of the assertion's MAC. */
  readonly find: (
    assertion: Assertion<MacAlg>,
    client: Client | undefined,
    live: readonly ClientSecret[],
  ) => Promise<ClientSecret | undefined>;
}

/**
 * Makes the method. The key is the secret itself, so only secrets that are kept can be one. Where there is none, one
 * that nobody knows is opened and tried, so that time does not tell.
 */
export function createClientSecretJwt(deps: {
  readonly secretKeeper: Pick<SecretKeeper, 'open' | 'seal'>;
}): ClientSecretJwt {
  const { secretKeeper } = deps;
  const nobody: SecretContext = { clientId: randomUuid(), secretId: randomUuid() };
  const nobodysSecret = secretKeeper.seal(toBase64url(randomOctets(64)), nobody);
  // One may still be sealed from before the operator chose to keep verifiers alone: then nothing is opened.
  const secretsAreKept = nobodysSecret !== null;

  const openKey = (sealed: string | null, context: SecretContext): Buffer | undefined =>
    secretsAreKept && sealed !== null ? Buffer.from(secretKeeper.open(sealed, context)) : undefined;

  const tryNobodys = async (assertion: Assertion<MacAlg>): Promise<undefined> => {
    await isSignedBy(assertion, openKey(nobodysSecret, nobody) ?? randomOctets(64));
  };

  return {
    async find(assertion, client, live) {
      if (client?.tokenEndpointJwtAuthAlg !== assertion.alg) return tryNobodys(assertion);
      let tried = 0;
      for (const secret of live) {
        const key = openKey(secret.sealed, { clientId: client.id, secretId: secret.id });
        if (key === undefined || key.byteLength < hashOctets[assertion.alg]) continue;
        tried += 1;
        if (await isSignedBy(assertion, key)) return secret;
      }
      return tried === 0 ? tryNobodys(assertion) : undefined;
    },
  };
}
