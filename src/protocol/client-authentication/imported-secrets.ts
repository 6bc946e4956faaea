import type { ClientSecret, ImportedVerifier, SecretKeeper } from '../../clients/secret.ts';
import { hintOf } from '../../clients/secret-text.ts';
import type { ClientStore } from '../../clients/store.ts';
import { OAuthError } from '../errors.ts';

/** Secrets of which this server has only the hash that another server made. */
export interface ImportedSecrets {
  /**
   * The secret among `live` that `presented` is, if its hash was imported; from then on it is recognised as all others are.
   * @throws OAuthError `temporarily_unavailable` when too many hashes wait to be checked
   */
  readonly find: (
    presented: string,
    clientId: string,
    live: readonly ClientSecret[],
  ) => Promise<ClientSecret | undefined>;
}

/** Makes the check of imported hashes. */
export function createImportedSecrets(deps: {
  readonly clients: Pick<ClientStore, 'adoptSecret'>;
  readonly secretKeeper: Pick<SecretKeeper, 'makeVerifier' | 'matchImported' | 'seal'>;
}): ImportedSecrets {
  const { clients, secretKeeper } = deps;

  const adopt = (clientId: string, secretId: string, imported: ImportedVerifier, text: string) =>
    clients.adoptSecret({
      clientId,
      secretId,
      imported,
      verifier: secretKeeper.makeVerifier(text),
      sealed: secretKeeper.seal(text, { clientId, secretId }),
      hint: hintOf(text),
    });

  return {
    async find(presented, clientId, live) {
      for (const secret of live) {
        const { verifier } = secret;
        if (verifier.algorithm !== 'imported') continue;
        const outcome = await secretKeeper.matchImported(presented, verifier);
        if (outcome === 'busy')
          throw new OAuthError('temporarily_unavailable', 'The server is busy; try again.');
        if (outcome === 'mismatch') continue;
        // Of two requests that come first together, one adopts; both have presented the secret.
        await adopt(clientId, secret.id, verifier, presented);
        return secret;
      }
      return undefined;
    },
  };
}
