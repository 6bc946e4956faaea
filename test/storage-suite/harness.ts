import { type TestContext, test } from 'node:test';
import type { Client } from '../../src/clients/client.ts';
import type { ClientSecret } from '../../src/clients/secret.ts';
import type { Engine } from '../../src/storage/engine.ts';
import type { AuditEventsTable } from '../../src/storage/schema.ts';
import type { Parameters } from '../../src/storage/statement.ts';
import type { Stores } from '../../src/storage/storage.ts';
import { anAuditEvent } from '../fixtures/storage-entries.ts';

/** A storage under test. */
export interface OpenedStorage {
  readonly engine: Engine;
  readonly stores: Stores;
  /** Closes it and opens what it has stored. */
  readonly reopen: () => Promise<OpenedStorage>;
  readonly close: () => Promise<void>;
}

/** Opens an empty storage that vanishes with the test. */
export type OpenStorage = (context: TestContext) => Promise<OpenedStorage>;

/** Declares a test that has an empty storage of its own. */
export type StorageTest = (name: string, body: (storage: OpenedStorage) => Promise<void>) => void;

/** Makes `StorageTest` for the driver that `open` opens. */
export function createStorageTest(driver: string, open: OpenStorage): StorageTest {
  return (name, body) => {
    test(`${driver}: ${name}`, async (context) => {
      const storage = await open(context);
      try {
        await body(storage);
      } finally {
        await storage.close();
      }
    });
  };
}

/** What was audited about a client or another thing, oldest first. */
export async function auditOf(
  { engine }: Pick<OpenedStorage, 'engine'>,
  targetId: string,
): Promise<readonly AuditEventsTable[]> {
  const select = engine.statement((db, args: Parameters<{ readonly target_id: string }>) =>
    db.selectFrom('audit_events').selectAll().where('target_id', '=', args.value('target_id')).orderBy('id'),
  );
  return engine.read(select({ target_id: targetId }));
}

/** Stores a client with an audit entry. */
export async function insertClient(
  { stores }: Pick<OpenedStorage, 'stores'>,
  client: Client,
  secrets: readonly ClientSecret[] = [],
): ReturnType<Stores['clients']['insert']> {
  return stores.clients.insert({ client, secrets, audit: anAuditEvent(client.id, 'client.created') });
}

/** How often each of `values` occurs. */
export function tally<Value extends string>(
  values: readonly Value[],
): Readonly<Partial<Record<Value, number>>> {
  const counts: Partial<Record<Value, number>> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

/** Starts `count` calls at once. */
export function inParallel<Value>(count: number, call: (index: number) => Promise<Value>): Promise<Value[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => call(index)));
}
