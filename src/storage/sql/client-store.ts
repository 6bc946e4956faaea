import type { ClientStore, ClientUpdate } from '../../clients/store.ts';
import { batchPerTick } from '../../kernel/tick-batch.ts';
import type { Engine, Step } from '../engine.ts';
import { type AppendAudit, createAuditAppend } from './audit.ts';
import { createClientList } from './client-list.ts';
import { parseRecord, toRecordColumns, toStoredClients } from './client-row.ts';
import { createSecretWrites, insertSecrets } from './client-secret-writes.ts';
import { type ClientStatements, createClientStatements } from './client-statements.ts';

/** The registry's store. */
export function createClientStore(engine: Engine): ClientStore {
  const statements = createClientStatements(engine);
  const appendAudit = createAuditAppend(engine);
  return {
    ...createReads(engine, statements),
    ...createRecordWrites(engine, statements, appendAudit),
    ...createSecretWrites(engine, statements, appendAudit),
  };
}

function createReads(
  engine: Engine,
  statements: ClientStatements,
): Pick<ClientStore, 'load' | 'existing' | 'list' | 'loadImage'> {
  const list = createClientList(engine);
  return {
    load: batchPerTick(async (ids) => {
      const found = toStoredClients(await engine.read(statements.load({ ids })));
      return ids.map((id) => found.get(id));
    }),

    existing: async (ids) => new Set((await engine.read(statements.existing({ ids }))).map((row) => row.id)),

    list: async (filter) => (await engine.scan(list(filter))).map((row) => parseRecord(row.record)),

    loadImage: async (clientId, hash) => {
      const [row] = await engine.read(statements.loadImage({ client_id: clientId, hash }));
      return row && { hash: row.hash, mediaType: row.media_type, octets: row.octets };
    },
  };
}

function createRecordWrites(
  engine: Engine,
  statements: ClientStatements,
  appendAudit: AppendAudit,
): Pick<ClientStore, 'insert' | 'update' | 'remove' | 'appendAudit'> {
  /** The image goes with the record that names it. */
  const keepImage = ({ client, image }: ClientUpdate): Step<never> => {
    if (image === undefined) {
      const kept = client.logo?.kind === 'uploaded' ? client.logo.hash : '';
      return { run: statements.dropImage({ client_id: client.id, kept }) };
    }
    const { hash, mediaType, octets } = image;
    return { run: statements.putImage({ client_id: client.id, hash, media_type: mediaType, octets }) };
  };

  return {
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
          ...insertSecrets(statements, client.id, secrets),
          { run: appendAudit(audit) },
        ],
        done: 'inserted',
      }),

    update: (entry) =>
      engine.write({
        steps: [
          {
            run: statements.update({ ...toRecordColumns(entry.client), expected: entry.client.revision - 1 }),
            otherwise: 'conflict',
          },
          keepImage(entry),
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
  };
}
