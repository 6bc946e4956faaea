import { type DescField, type DescMessage, type JsonValue, ScalarType } from '@bufbuild/protobuf';
import { base64Decode } from '@bufbuild/protobuf/wire';
import {
  FieldMaskSchema,
  hasCustomJsonRepresentation,
  isWrapperDesc,
  StructSchema,
} from '@bufbuild/protobuf/wkt';
import { mostEntries, tooManyEntries } from '../list-limit.ts';
import { excerptOf, type FieldFault, mostFaults } from './errors.ts';

type Faults = Generator<FieldFault, void, undefined>;
type JsonObject = { readonly [key: string]: JsonValue };

/** The keys of `json` that are no field of `schema`, and the values that are not of their field's type. */
export function findFormFaults(json: JsonObject, schema: DescMessage): readonly FieldFault[] {
  const faults: FieldFault[] = [];
  for (const fault of objectFaults(json, schema, '')) {
    if (faults.push(fault) === mostFaults) break;
  }
  return faults;
}

/** The paths of a field mask in any form that is read; undefined: it has another. */
export function listPaths(mask: JsonValue | undefined): readonly string[] | undefined {
  if (typeof mask === 'string') return mask.trim() === '' ? [] : mask.split(',');
  if (!isObject(mask)) return undefined;
  const { paths = [], ...others } = mask;
  if (Object.keys(others).length > 0 || !Array.isArray(paths)) return undefined;
  return paths.every((path) => typeof path === 'string') ? paths : undefined;
}

/** Whether `json` is neither a scalar, nor a list, nor null. */
export function isObject(json: JsonValue | undefined): json is { [key: string]: JsonValue } {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

function* objectFaults(json: JsonObject, { fields }: DescMessage, path: string): Faults {
  const given = new Set<DescField>();
  for (const [key, value] of Object.entries(json)) {
    const field = fields.find(({ name, jsonName }) => key === jsonName || key === name);
    const here = `${path}${field?.jsonName ?? excerptOf(key)}`;
    if (field === undefined) yield { field: here, message: 'is not a field' };
    else if (given.has(field)) yield { field: here, message: `is given twice, also as "${field.name}"` };
    else yield* fieldFaults(value, field, here);
    if (field !== undefined) given.add(field);
  }
}

/** Null is an absent field, as ProtoJSON has it. The contract's requests have no maps: those are left to the decoder. */
function* fieldFaults(value: JsonValue, field: DescField, path: string): Faults {
  if (value === null || field.fieldKind === 'map') return;
  if (field.fieldKind !== 'list') yield* valueFaults(value, field, path);
  else if (!Array.isArray(value)) yield { field: path, message: 'must be a list' };
  else if (value.length > mostEntries) yield { field: path, message: tooManyEntries };
  else {
    for (const [index, item] of value.entries()) yield* valueFaults(item, field, `${path}[${index}]`);
  }
}

function* valueFaults(value: JsonValue, { message, scalar }: DescField, path: string): Faults {
  if (message === undefined) yield* scalarFaults(value, scalar, path);
  else if (isWrapperDesc(message)) yield* scalarFaults(value, message.fields[0].scalar, path);
  else if (hasCustomJsonRepresentation(message)) yield* formFaults(value, wellKnown[message.typeName], path);
  else if (isObject(value)) yield* objectFaults(value, message, `${path}.`);
  else yield { field: path, message: 'must be an object' };
}

function* scalarFaults(value: JsonValue, scalar: ScalarType | undefined, path: string): Faults {
  if (scalar !== undefined) yield* formFaults(value, scalars[scalar], path);
}

/** How a type is written in JSON. */
interface Form {
  readonly matches: (value: JsonValue) => boolean;
  readonly message: string;
}

/** The types of the contract's requests; another is left to the decoder. */
const scalars: Readonly<Partial<Record<ScalarType, Form>>> = {
  [ScalarType.STRING]: { matches: (value) => typeof value === 'string', message: 'must be a string' },
  [ScalarType.BOOL]: { matches: (value) => typeof value === 'boolean', message: 'must be true or false' },
  [ScalarType.BYTES]: { matches: isBase64, message: 'must be a string in base64' },
};

const wellKnown: Readonly<Partial<Record<string, Form>>> = {
  [StructSchema.typeName]: { matches: isObject, message: 'must be an object' },
  [FieldMaskSchema.typeName]: {
    matches: (value) => listPaths(value) !== undefined,
    message: 'must be a string of field names with commas between them',
  },
};

function* formFaults(value: JsonValue, form: Form | undefined, path: string): Faults {
  if (form && !form.matches(value)) yield { field: path, message: form.message };
}

function isBase64(value: JsonValue): boolean {
  try {
    return typeof value === 'string' && base64Decode(value).length >= 0;
  } catch {
    return false;
  }
}
