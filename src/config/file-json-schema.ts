import { z } from 'zod';
import { fileSchema } from './file-schema.ts';

/** Makes the file's schema as JSON Schema, for its documentation. */
export const fileJsonSchema = () => z.toJSONSchema(fileSchema, { io: 'input' });

/** Every property name in the file's schema, for a hint at a misspelled one. */
export const propertyNames = (): ReadonlySet<string> => namesIn(fileJsonSchema());

function namesIn(schema: unknown): Set<string> {
  if (typeof schema !== 'object' || schema === null) return new Set();
  const properties: object =
    'properties' in schema && typeof schema.properties === 'object' && schema.properties !== null
      ? schema.properties
      : {};
  return new Set([
    ...Object.keys(properties),
    ...Object.values(schema).flatMap((inner) => [...namesIn(inner)]),
  ]);
}
