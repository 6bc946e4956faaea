import type { ClientSecret, ImportedVerifier, SecretKeeper } from '../../clients/secret.ts';
import { hintOf } from '../../clients/secret-text.ts';
import type { ClientStore } from '../../clients/store.ts';

/** Secrets of which this server has only the hash that another server made. */
export interface ImportedSecrets {
  /** The secret among `live` that `presented` is, if its hash was imported; from then on it is recognised as all others are. */
  readonly find: (
    clientId: string,
    live: readonly ClientSecret[],
    presented: string,
  ) => Promise<ClientSecret | undefined>;
}

/** Makes the check of imported hashes. */
export function createImportedSecrets(deps: {
  readonly clients: Pick<ClientStore, 'adoptSecret'>;
  readonly secretKeeper: Pick<SecretKeeper, 'makeVerifier' | 'matchesImported' | 'seal'>;
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
    async find(clientId, live, presented) {
      for (const secret of live) {
        const { verifier } = secret;
        if (verifier.algorithm !== 'imported') continue;
        if (!(await secretKeeper.matchesImported(presented, verifier))) continue;
        // Of two requests that come first together, one adopts; both have presented the secret.
        await adopt(clientId, secret.id, verifier, presented);
        return secret;
      }
      return undefined;
    },
  };
}
