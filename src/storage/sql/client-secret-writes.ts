import type { ClientSecret } from '../../clients/secret.ts';
import type { ClientStore, SecretsUpdate } from '../../clients/store.ts';
import type { Engine, Step } from '../engine.ts';
import type { AppendAudit } from './audit.ts';
import { toSecretRow } from './client-row.ts';
import type { ClientStatements } from './client-statements.ts';

/** The steps that store `secrets` of a client. */
export function insertSecrets(
  statements: Pick<ClientStatements, 'insertSecret'>,
  clientId: string,
  secrets: readonly ClientSecret[],
): readonly Step<never>[] {
  return secrets.map((secret) => ({ run: statements.insertSecret(toSecretRow(clientId, secret)) }));
}

/** The steps that leave `secret` as a client's only one. */
export function replaceSecrets(
  statements: Pick<ClientStatements, 'deleteSecrets' | 'insertSecret'>,
  clientId: string,
  secret: ClientSecret,
): readonly Step<never>[] {
  return [
    { run: statements.deleteSecrets({ client_id: clientId }) },
    ...insertSecrets(statements, clientId, [secret]),
  ];
}

/** The writes of the client store that touch secrets alone, and never the record. */
export function createSecretWrites(
  engine: Engine,
  statements: ClientStatements,
  appendAudit: AppendAudit,
): Pick<ClientStore, 'updateSecrets' | 'adoptSecret' | 'recordSecretUse'> {
  const revokeSecrets = ({ clientId, revoke }: SecretsUpdate): readonly Step<'absent'>[] =>
    revoke === 'all'
      ? [{ run: statements.deleteSecrets({ client_id: clientId }) }]
      : revoke.map((id) => ({
          run: statements.deleteSecret({ id, client_id: clientId }),
          otherwise: 'absent',
        }));

  /** A limit that was lowered must not keep a caller from revoking, so it binds only who adds. */
  const holdLimit = ({ clientId, add, limit, audit }: SecretsUpdate): readonly Step<'full'>[] =>
    add.length === 0
      ? []
      : [
          {
            run: statements.guardLiveSecrets({ client_id: clientId, now: audit.at, limit }),
            otherwise: 'full',
          },
        ];

  return {
    updateSecrets: (entry) =>
      engine.write<'updated' | 'conflict' | 'absent' | 'full'>({
        steps: [
          { run: statements.guard({ id: entry.clientId, revision: entry.revision }), otherwise: 'conflict' },
          ...revokeSecrets(entry),
          ...insertSecrets(statements, entry.clientId, entry.add),
          ...holdLimit(entry),
          { run: appendAudit(entry.audit) },
        ],
        done: 'updated',
      }),

    adoptSecret: ({ clientId, secretId, imported, verifier, sealed, hint }) =>
      engine.write<'adopted' | 'conflict'>({
        steps: [
          {
            run: statements.adoptSecret({
              id: secretId,
              client_id: clientId,
              verifier_algorithm: verifier.algorithm,
              verifier_pepper: verifier.pepper,
              verifier_digest: verifier.digest,
              sealed,
              hint,
              imported: imported.digest,
            }),
            otherwise: 'conflict',
          },
        ],
        done: 'adopted',
      }),

    recordSecretUse: async (uses) => {
      // In one order on every node, so that two that note the same secrets do not wait for each other in a circle.
      const inOrder = uses.toSorted((a, b) => (a.secretId < b.secretId ? -1 : 1));
      const steps = inOrder.map(({ secretId, at }) => ({ run: statements.noteUse({ id: secretId, at }) }));
      await engine.write({ steps, done: 'noted' });
    },
  };
}
