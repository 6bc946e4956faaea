import type { JsonObject, MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { ApplicationBinding, Client } from '../../clients/client.ts';
import { deepestConfig } from '../../clients/rules/references.ts';
import { show, type View, type ViewInput } from '../../clients/view.ts';
import {
  type ApplicationBinding as BindingMessage,
  type ClientSchema,
  type CreateClientRequest,
  type PublicClientSchema,
  type UpdateClientRequest,
  UpdateClientRequestSchema,
} from '../../gen/xeonr/auth/api/v1/clients_service_pb.ts';
import { parseStrictJson, StrictJsonError } from '../../kernel/strict-json.ts';
import { invalidArgument } from './errors.ts';
import type { ConnectClient } from './view.ts';

/** The fields that `UpdateClient` may change, in the order of its request. */
const updatableFields = UpdateClientRequestSchema.fields
  .map(({ localName, name }) => ({ localName, name }))
  .filter(({ localName }) => localName !== 'clientId' && localName !== 'updateMask') as readonly {
  readonly localName: UpdatableField;
  readonly name: string;
}[];

type UpdatableField = Exclude<
  keyof UpdateClientRequest,
  '$typeName' | '$unknown' | 'clientId' | 'updateMask'
>;

/** The paths of an update mask that name no updatable field. A field is known by its JSON name and by its proto name. */
export function unknownPaths(paths: readonly string[]): readonly string[] {
  const names: readonly string[] = updatableFields.flatMap(({ localName, name }) => [localName, name]);
  return paths.filter((path) => path !== '*' && !names.includes(path));
}

/**
 * What an `UpdateClient` request changes. Without a mask: what is present, and an empty list is not. With one: exactly the
 * fields it names, `*` naming all; one that is named and absent is cleared.
 */
export function readUpdate(request: UpdateClientRequest): ViewInput<ConnectClient> {
  const paths = request.updateMask?.paths ?? [];
  const isNamed = (...names: readonly string[]): boolean =>
    [...names, '*'].some((name) => paths.includes(name));
  const entries = updatableFields.flatMap(({ localName, name }) => {
    const value = readField(request, localName);
    if (paths.length === 0) return isPresent(value) ? [[localName, value]] : [];
    return isNamed(localName, name) ? [[localName, value ?? null]] : [];
  });
  return Object.fromEntries(entries);
}

/** What a `CreateClient` request sets. A zero value is an absent one, as proto3 has it. */
export function readCreation(request: CreateClientRequest): ViewInput<ConnectClient> {
  const { hasSecret: _, usesManagedBuckets: __, applicationId: ___, ...fields } = request;
  const entries = Object.entries({
    ...fields,
    applicationBindings: readBindings(request.applicationBindings),
  });
  return Object.fromEntries(
    entries.filter(([name, value]) => !name.startsWith('$') && isPresent(value) && value !== ''),
  );
}

function readField(request: UpdateClientRequest, field: UpdatableField): unknown {
  return field === 'applicationBindings' ? readBindings(request.applicationBindings) : request[field];
}

function isPresent(value: unknown): boolean {
  return value !== undefined && !(Array.isArray(value) && value.length === 0);
}

function readBindings(bindings: readonly BindingMessage[]): readonly ApplicationBinding[] {
  return bindings.map(({ applicationId, config }) => ({
    applicationId,
    config: config?.jsonConfig === undefined ? null : { jsonConfig: readConfig(config.jsonConfig) },
  }));
}

/**
 * The binary forms can carry what a JSON body cannot; a record that took it in could not be written back.
 *
 * @throws ConnectError `invalid_argument`
 */
function readConfig(config: JsonObject): JsonObject {
  try {
    return parseStrictJson(JSON.stringify(config, refuseInfinite), deepestConfig) as JsonObject;
  } catch (error) {
    if (!(error instanceof StrictJsonError || error instanceof RangeError)) throw error;
    const message = `has a jsonConfig that is no valid JSON: ${error.message}`;
    throw invalidArgument([{ field: 'applicationBindings', message }]);
  }
}

function refuseInfinite(_key: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError('number out of range');
  return value;
}

function writeBindings(bindings: readonly ApplicationBinding[]) {
  return bindings.map(({ applicationId, config }) => ({
    applicationId,
    ...(config && { config: { jsonConfig: config.jsonConfig as JsonObject } }),
  }));
}

/** Seconds since 1970 as a message. */
export function writeTime(seconds: number) {
  return timestampFromDate(new Date(seconds * 1000));
}

/** The `Client` message: every field is given, so that JSON prints every field; the secret only when there is one. */
export function writeClient(
  view: View<ConnectClient>,
  client: Client,
  secret: string | null = null,
): MessageInitShape<typeof ClientSchema> {
  const shown = show(view, client);
  return {
    ...shown,
    createdAt: writeTime(shown.createdAt),
    updatedAt: writeTime(shown.updatedAt),
    applicationBindings: writeBindings(shown.applicationBindings),
    allowedDelegators: [...shown.allowedDelegators],
    postLogoutRedirectUris: [...shown.postLogoutRedirectUris],
    ...(secret !== null && { clientSecret: secret }),
  };
}

/** The `PublicClient` message: what anyone may know. Its `isVerified` is a string, as documented. */
export function writePublicClient(
  view: View<ConnectClient>,
  client: Client,
): MessageInitShape<typeof PublicClientSchema> {
  const { clientId, name, websiteUrl, logoUrl, description, isVerified, createdAt, applicationBindings } =
    show(view, client);
  return {
    clientId,
    name,
    websiteUrl,
    logoUrl,
    description,
    isVerified: String(isVerified),
    createdAt: writeTime(createdAt),
    applicationBindings: writeBindings(applicationBindings),
  };
}
