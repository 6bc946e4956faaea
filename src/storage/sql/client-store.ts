import type { ClientInsert, ClientStore, ClientUpdate } from '../../clients/store.ts';
import { batchPerTick } from '../../kernel/tick-batch.ts';
import type { Engine, Step } from '../engine.ts';
import type { AppendAudit } from './audit.ts';
import { type ClientKeySteps, createClientKeySteps } from './client-key-steps.ts';
import { createClientList } from './client-list.ts';
import { parseRecord, toRecordColumns, toStoredClients } from './client-row.ts';
import { createSecretWrites, insertSecrets, replaceSecrets } from './client-secret-writes.ts';
import { type ClientStatements, createClientStatements } from './client-statements.ts';
import { createLogoutNoticeSteps, type LogoutNoticeSteps } from './logout-notice-steps.ts';
import { createNamingScope } from './naming-scope.ts';
import type { Revisions } from './revisions.ts';
import { createTakeId, createWasClient, type TakeId } from './subject-ids.ts';

/** The registry's store. */
export function createClientStore(
  engine: Engine,
  revisions: Revisions,
  appendAudit: AppendAudit,
): ClientStore {
  const statements = createClientStatements(engine);
  const keys = createClientKeySteps(engine, revisions);
  const notices = createLogoutNoticeSteps(engine);
  const takeId = createTakeId(engine);
  return {
    ...createReads(engine, statements),
    ...createRecordWrites(engine, { statements, keys, notices, revisions, takeId, appendAudit }),
    ...createSecretWrites(engine, statements, appendAudit),
  };
}

function createReads(
  engine: Engine,
  statements: ClientStatements,
): Pick<ClientStore, 'load' | 'wasClient' | 'existing' | 'list' | 'namingScope' | 'loadImage'> {
  const list = createClientList(engine);
  return {
    load: batchPerTick(async (ids) => {
      const found = toStoredClients(await engine.read(statements.load({ ids })));
      return ids.map((id) => found.get(id));
    }, engine.noteReads),

    wasClient: createWasClient(engine),

    existing: async (ids) => new Set((await engine.read(statements.existing({ ids }))).map((row) => row.id)),

    list: async (filter) => (await engine.scan(list(filter))).map((row) => parseRecord(row.record)),

    namingScope: createNamingScope(engine),

    loadImage: async (clientId, hash) => {
      const [row] = await engine.read(statements.loadImage({ client_id: clientId, hash }));
      return row && { hash: row.hash, mediaType: row.media_type, octets: row.octets };
    },
  };
}

function createRecordWrites(
  engine: Engine,
  parts: {
    readonly statements: ClientStatements;
    readonly keys: ClientKeySteps;
    readonly notices: Pick<LogoutNoticeSteps, 'ofDeletedClient'>;
    readonly revisions: Pick<Revisions, 'guard'>;
    readonly takeId: TakeId;
    readonly appendAudit: AppendAudit;
  },
): Pick<ClientStore, 'insert' | 'update' | 'remove' | 'appendAudit'> {
  const { statements, keys, notices, revisions, takeId, appendAudit } = parts;

  /** The image goes with the record that names it. */
  const keepImage = ({ client, image }: ClientUpdate): Step<never> => {
    if (image === undefined) {
      const kept = client.logo?.kind === 'uploaded' ? client.logo.hash : '';
      return { run: statements.dropImage({ client_id: client.id, kept }) };
    }
    const { hash, mediaType, octets } = image;
    return { run: statements.putImage({ client_id: client.id, hash, media_type: mediaType, octets }) };
  };

  /** Late in a write, since writes wait for one another there, but before the revision of keys. */
  const holdScopes = ({
    scopesRevision,
  }: Pick<ClientInsert | ClientUpdate, 'scopesRevision'>): readonly Step<'conflict'>[] =>
    scopesRevision === undefined ? [] : [revisions.guard('scopes', scopesRevision, 'conflict')];

  return {
    insert: ({ client, secrets, key, audit, ...basis }) =>
      engine.write<'inserted' | 'taken' | 'conflict' | 'duplicate'>({
        steps: [
          takeId(client.id),
          {
            run: statements.insert({
              ...toRecordColumns(client),
              created_at: client.createdAt,
              creation: audit.id,
            }),
            orphan: 'conflict',
          },
          ...insertSecrets(statements, client.id, secrets),
          { run: appendAudit(audit) },
          ...holdScopes(basis),
          ...(key ? keys.first(key, audit.at) : []),
        ],
        done: 'inserted',
      }),

    update: (entry) =>
      engine.write<'updated' | 'conflict' | 'duplicate' | 'crowded'>({
        steps: [
          {
            run: statements.update({ ...toRecordColumns(entry.client), expected: entry.client.revision - 1 }),
            otherwise: 'conflict',
            orphan: 'conflict',
          },
          keepImage(entry),
          ...(entry.secret ? replaceSecrets(statements, entry.client.id, entry.secret) : []),
          { run: appendAudit(entry.audit) },
          ...(entry.reading ? [{ run: appendAudit(entry.reading) }] : []),
          ...holdScopes(entry),
          ...(entry.key === undefined ? [] : keys.replace(entry.client.id, entry.key, entry.audit.at)),
        ],
        done: 'updated',
      }),

    remove: ({ id, revision, audit }) =>
      engine.write({
        steps: [
          { run: statements.guard({ id, revision }), otherwise: 'conflict' },
          ...notices.ofDeletedClient(id, audit.at),
          { run: statements.remove({ id, revision }), otherwise: 'conflict' },
          { run: appendAudit(audit) },
          ...keys.remove(id, audit.at),
        ],
        done: 'removed',
      }),

    appendAudit: async (audit) => {
      await engine.write({ steps: [{ run: appendAudit(audit) }], done: 'appended' });
    },
  };
}
