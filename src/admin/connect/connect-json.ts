import type { DescField, DescMessage, JsonValue, Message } from '@bufbuild/protobuf';
import { create } from '@bufbuild/protobuf';
import { FieldMaskSchema } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError, createContextKey, type Interceptor } from '@connectrpc/connect';
import { parseStrictJson, StrictJsonError } from '../../kernel/strict-json.ts';
import { invalidArgument } from './errors.ts';
import { findFormFaults, isObject, listPaths } from './json-form.ts';

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
 * callers also send: snake_case, spaces, `{"paths": []}`, and wrong paths, which the method must name as they were
 * written. {@link restoreFieldMasks} puts them back.
 *
 * @throws ConnectError `invalid_argument` when it is not JSON, ambiguous, or of another form; every faulty field is named
 */
export function readConnectJson(octets: Uint8Array, schema: DescMessage): ConnectJson {
  const json = parse(octets);
  if (!isObject(json)) throw new ConnectError('the body must be an object', Code.InvalidArgument);
  const faults = findFormFaults(json, schema);
  if (faults.length > 0) throw invalidArgument(faults);
  const rest = { ...json };
  const masks = new Map<string, readonly string[]>();
  for (const field of schema.fields.filter(isFieldMask)) {
    const key = Object.hasOwn(rest, field.jsonName) ? field.jsonName : field.name;
    const paths = listPaths(rest[key]);
    if (paths === undefined) continue;
    masks.set(
      field.localName,
      paths.map((path) => path.trim()),
    );
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

function isFieldMask(field: DescField): boolean {
  return field.fieldKind === 'message' && field.message.typeName === FieldMaskSchema.typeName;
}
