import { createRequire } from 'node:module';
import type { JsonValue } from '../kernel/encoding.ts';
import { ValueFault } from './faults.ts';

const require = createRequire(import.meta.url);

/**
 * Parses YAML 1.2 (of which JSON is a part) into plain data: unique keys, no aliases, no tags, one document.
 * @throws ValueFault with the place of every fault
 */
export function parseYaml(text: string): JsonValue {
  // Loaded here, because a server without a file does without it.
  const { parseDocument } = require('yaml') as typeof import('yaml');
  const document = parseDocument(text, {
    uniqueKeys: true,
    strict: true,
    schema: 'core',
    prettyErrors: true,
  });
  const problems = [...document.errors, ...document.warnings];
  if (problems.length > 0) throw new ValueFault(problems.map(describe).join('; '));
  try {
    const value: JsonValue = document.toJS({ maxAliasCount: 0 });
    return refuseProtoKeys(value);
  } catch (error) {
    if (error instanceof ReferenceError) throw new ValueFault('aliases are not allowed');
    throw error;
  }
}

/** The first line alone: the following ones repeat the text, which may hold a secret. */
function describe({ message }: { readonly message: string }): string {
  return message.split('\n')[0]?.replace(/:$/, '') ?? message;
}

function refuseProtoKeys(value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null) return value;
  if (Object.hasOwn(value, '__proto__')) throw new ValueFault('the key __proto__ is not allowed');
  for (const inner of Object.values(value)) refuseProtoKeys(inner);
  return value;
}
