import { unknownName } from './closest-name.ts';
import type { FaultCollector } from './faults.ts';
import { type Setting, type SettingValues, settings } from './settings.ts';

/** The process's environment, or a part of it. */
export type Environment = Readonly<Record<string, string | undefined>>;

const table: readonly (readonly [string, Setting<unknown>])[] = Object.entries(settings);
const knownKeys = table.map(([, { key }]) => key);

/** Reads every key of the table; keys in the server's own name space that are not in it are faults. */
export function readEnvironment(env: Environment, collect: FaultCollector): SettingValues {
  for (const key of Object.keys(env)) {
    if (key.startsWith('CLIENTELE_') && !knownKeys.includes(key)) {
      collect.add(key, unknownName(key, knownKeys));
    }
  }
  const set = table.flatMap(([field, { key, parse }]) => {
    const text = env[key];
    if (text === undefined) return [];
    if (text === '') {
      collect.add(key, 'is set to nothing; unset it for the default');
      return [];
    }
    return [[field, collect.attempt(key, () => parse(text))] as const];
  });
  // The table gives each field its own parser, which is what the type says.
  return Object.fromEntries(set.filter(([, value]) => value !== undefined)) as SettingValues;
}
