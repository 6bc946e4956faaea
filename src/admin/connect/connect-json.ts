import type { DescField, DescMessage, JsonValue, Message } from '@bufbuild/protobuf';
import { create } from '@bufbuild/protobuf';
import { FieldMaskSchema } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError, createContextKey, type Interceptor } from '@connectrpc/connect';
import { parseStrictJson, StrictJsonError } from '../../http/strict-json.ts';

type Masks = ReadonlyMap<string, readonly string[]>;

/** The paths of a JSON request's field masks, by the field's local name. */
export const fieldMasks = createContextKey<Masks>(new Map(), {
  description: 'field masks of a JSON request',
});

/** A JSON request without its field masks, and the masks. */
export interface ConnectJson {
  readonly json: JsonValue;
  readonly masks: Masks;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads the JSON form of a `schema` message from `octets`.
 *
 * Field masks are taken out, because the canonical form (one string of lowerCamelCase paths) cannot carry what
 * callers also send: snake_case, spaces, `{"paths": []}`, and wrong paths, which the method itself must be able to
 * name. {@link restoreFieldMasks} puts them back.
 *
 * @throws ConnectError `invalid_argument` when it is not JSON, or ambiguous
 */
export function readConnectJson(octets: Uint8Array, schema: DescMessage): ConnectJson {
  const json = parse(octets);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return { json, masks: new Map() };
  refuseTwoSpellings(json, schema);
  const rest: { [key: string]: JsonValue } = { ...json };
  const masks = new Map<string, readonly string[]>();
  for (const field of schema.fields.filter(isFieldMask)) {
    const key = Object.hasOwn(rest, field.jsonName) ? field.jsonName : field.name;
    const paths = readPaths(rest[key], schema);
    if (paths === undefined) continue;
    masks.set(field.localName, paths);
    delete rest[key];
  }
  return { json: rest, masks };
}

/** Gives JSON requests the field masks that {@link readConnectJson} took out of them. */
export const restoreFieldMasks: Interceptor = (next) => (request) => {
  if (request.stream) return next(request);
  const message: Message & { [field: string]: unknown } = request.message;
  for (const [field, paths] of request.contextValues.get(fieldMasks)) {
    message[field] = create(FieldMaskSchema, { paths: [...paths] });
  }
  return next(request);
};

function parse(octets: Uint8Array): JsonValue {
  try {
    return parseStrictJson(utf8.decode(octets)) as JsonValue;
  } catch (error) {
    if (error instanceof StrictJsonError) throw new ConnectError(error.message, Code.InvalidArgument);
    throw new ConnectError('the body is not UTF-8', Code.InvalidArgument);
  }
}

/** A field under its JSON name and its proto name is a duplicate key in disguise. */
function refuseTwoSpellings(json: object, schema: DescMessage): void {
  for (const { name, jsonName } of schema.fields) {
    if (name !== jsonName && Object.hasOwn(json, name) && Object.hasOwn(json, jsonName)) {
      throw new ConnectError(`"${jsonName}" and "${name}" are the same field`, Code.InvalidArgument);
    }
  }
}

function isFieldMask(field: DescField): boolean {
  return field.fieldKind === 'message' && field.message.typeName === FieldMaskSchema.typeName;
}

/** Undefined: absent, or of a form that the decoder of the message refuses. */
function readPaths(mask: JsonValue | undefined, schema: DescMessage): readonly string[] | undefined {
  const paths = listPaths(mask);
  return paths?.map((path) => protoName(path.trim(), schema));
}

function listPaths(mask: JsonValue | undefined): readonly string[] | undefined {
  if (typeof mask === 'string') return mask.trim() === '' ? [] : mask.split(',');
  if (typeof mask !== 'object' || mask === null || Array.isArray(mask)) return undefined;
  const { paths = [], ...others } = mask;
  if (Object.keys(others).length > 0 || !Array.isArray(paths)) return undefined;
  return paths.every((path) => typeof path === 'string') ? paths : undefined;
}

/** A path is known by either name of its field; an unknown one stays as it was written. */
function protoName(path: string, schema: DescMessage): string {
  return schema.fields.find((field) => field.jsonName === path)?.name ?? path;
}
