import type { SettingsStore } from '../../config/settings-store.ts';
import type { Engine } from '../engine.ts';
import type { SettingsTable } from '../schema.ts';
import type { Parameters } from '../statement.ts';

/** The store of small facts. */
export function createSettingsStore(engine: Engine): SettingsStore {
  const { load, insert } = createSettingStatements(engine);
  const upsert = createUpsert(engine);
  const get = async (key: string): Promise<string | undefined> =>
    (await engine.read(load({ key })))[0]?.value;

  return {
    get,
    getOrInsert: async (key, value) => {
      await engine.write({ steps: [{ run: insert({ key, value }) }], done: 'settled' });
      return (await get(key)) ?? value;
    },
    set: async (key, value) => {
      await engine.write({ steps: [{ run: upsert({ key, value }) }], done: 'set' });
    },
  };
}

/** Compiles what reads a setting, and what makes one where there is none. */
export function createSettingStatements({ statement }: Pick<Engine, 'statement'>) {
  return {
    load: statement((db, args: Parameters<{ readonly key: string }>) =>
      db.selectFrom('settings').select('value').where('key', '=', args.value('key')),
    ),
    insert: statement((db, args: Parameters<SettingsTable>) =>
      db
        .insertInto('settings')
        .values(args.row(['key', 'value']))
        .onConflict((conflict) => conflict.doNothing()),
    ),
  };
}

function createUpsert({ statement }: Pick<Engine, 'statement'>) {
  return statement((db, args: Parameters<SettingsTable>) =>
    db
      .insertInto('settings')
      .values(args.row(['key', 'value']))
      .onConflict((conflict) => conflict.column('key').doUpdateSet(args.row(['value']))),
  );
}
