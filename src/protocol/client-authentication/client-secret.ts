import type { ClientSecret, SecretKeeper } from '../../clients/secret.ts';
import type { ClientStore } from '../../clients/store.ts';
import { toBase64url } from '../../kernel/encoding.ts';
import { randomOctets } from '../../kernel/random.ts';
import { createImportedSecrets } from './imported-secrets.ts';

/** Recognises secrets that are presented as they are: `client_secret_basic`, `client_secret_post`. */
export interface PresentedSecrets {
  /**
   * The secret among `live` that `presented` is.
   * @throws OAuthError `temporarily_unavailable` when too many imported hashes wait to be checked
   */
  readonly find: (
    presented: string,
    clientId: string,
    live: readonly ClientSecret[],
  ) => Promise<ClientSecret | undefined>;
}

/** Makes the check of presented secrets. */
export function createPresentedSecrets(deps: {
  readonly clients: Pick<ClientStore, 'adoptSecret'>;
  readonly secretKeeper: Pick<SecretKeeper, 'makeVerifier' | 'matches' | 'matchImported' | 'seal'>;
}): PresentedSecrets {
  const { secretKeeper } = deps;
  const importedSecrets = createImportedSecrets(deps);
  const dummyVerifier = secretKeeper.makeVerifier(toBase64url(randomOctets(32)));

  /** Checks every live secret, or a dummy where there is none, so that time does not tell whether there is one. */
  const findKeyed = (presented: string, live: readonly ClientSecret[]): ClientSecret | undefined => {
    if (live.length === 0) secretKeeper.matches(presented, dummyVerifier);
    return live.find(({ verifier }) => secretKeeper.matches(presented, verifier));
  };

  return {
    find: async (presented, clientId, live) =>
      findKeyed(presented, live) ?? (await importedSecrets.find(presented, clientId, live)),
  };
}
