import type { ClientSecret } from '../../clients/secret.ts';
import type { ClientStore, SecretsUpdate } from '../../clients/store.ts';
import { batchPerTick } from '../../kernel/tick-batch.ts';
import type { Engine, Step } from '../engine.ts';
import { createAuditAppend } from './audit.ts';
import { createClientList } from './client-list.ts';
import { parseRecord, toRecordColumns, toSecretRow, toStoredClients } from './client-row.ts';
import { createClientStatements } from './client-statements.ts';

/** The registry's store. */
export function createClientStore(engine: Engine): ClientStore {
  const statements = createClientStatements(engine);
  const appendAudit = createAuditAppend(engine);
  const list = createClientList(engine);

  const insertSecrets = (clientId: string, secrets: readonly ClientSecret[]): readonly Step<never>[] =>
    secrets.map((secret) => ({ run: statements.insertSecret(toSecretRow(clientId, secret)) }));

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
    load: batchPerTick(async (ids) => {
      const found = toStoredClients(await engine.read(statements.load({ ids })));
      return ids.map((id) => found.get(id));
    }),

    existing: async (ids) => new Set((await engine.read(statements.existing({ ids }))).map((row) => row.id)),

    list: async (filter) => (await engine.scan(list(filter))).map((row) => parseRecord(row.record)),

    insert: ({ client, secrets, audit }) =>
      engine.write({
        steps: [
          { run: statements.takeId({ id: client.id }), otherwise: 'taken' },
          {
            run: statements.insert({
              ...toRecordColumns(client),
              created_at: client.createdAt,
              creation: audit.id,
            }),
          },
          ...insertSecrets(client.id, secrets),
          { run: appendAudit(audit) },
        ],
        done: 'inserted',
      }),

    update: ({ client, image, audit }) =>
      engine.write({
        steps: [
          {
            run: statements.update({ ...toRecordColumns(client), expected: client.revision - 1 }),
            otherwise: 'conflict',
          },
          image === undefined
            ? {
                run: statements.dropImage({
                  client_id: client.id,
                  kept: client.logo?.kind === 'uploaded' ? client.logo.hash : '',
                }),
              }
            : {
                run: statements.putImage({
                  client_id: client.id,
                  hash: image.hash,
                  media_type: image.mediaType,
                  octets: image.octets,
                }),
              },
          { run: appendAudit(audit) },
        ],
        done: 'updated',
      }),

    updateSecrets: (entry) =>
      engine.write<'updated' | 'conflict' | 'absent' | 'full'>({
        steps: [
          { run: statements.guard({ id: entry.clientId, revision: entry.revision }), otherwise: 'conflict' },
          ...revokeSecrets(entry),
          ...insertSecrets(entry.clientId, entry.add),
          ...holdLimit(entry),
          { run: appendAudit(entry.audit) },
        ],
        done: 'updated',
      }),

    remove: ({ id, revision, audit }) =>
      engine.write({
        steps: [
          { run: statements.remove({ id, revision }), otherwise: 'conflict' },
          { run: appendAudit(audit) },
        ],
        done: 'removed',
      }),

    appendAudit: async (audit) => {
      await engine.write({ steps: [{ run: appendAudit(audit) }], done: 'appended' });
    },

    loadImage: async (clientId, hash) => {
      const [row] = await engine.read(statements.loadImage({ client_id: clientId, hash }));
      return row && { hash: row.hash, mediaType: row.media_type, octets: row.octets };
    },

    recordSecretUse: async (uses) => {
      const steps = uses.map(({ secretId, at }) => ({ run: statements.noteUse({ id: secretId, at }) }));
      await engine.write({ steps, done: 'noted' });
    },
  };
}
