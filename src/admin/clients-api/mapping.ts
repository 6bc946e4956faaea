import type { Client } from '../../clients/client.ts';
import type { Violation } from '../../clients/errors.ts';
import type { ClientPatch } from '../../clients/patch.ts';
import { applyInput, show, type View, type ViewInput } from '../../clients/view.ts';
import type { JsonValue } from '../../kernel/encoding.ts';
import { clientFields, signaturesAdapters, type WireClient } from './client-schema.ts';
import type { Directory } from './directory.ts';
import { type FieldFault, formRule } from './errors.ts';
import { writeKeyPairType } from './key-pair-types.ts';
import { readFields, resourceOf } from './resource.ts';
import type { ApiClient } from './view.ts';

/** What a request says of a client. */
export interface ClientInput {
  /** Undefined: it stays, or is generated. */
  readonly secret: string | undefined;
  readonly fields: ViewInput<ApiClient>;
  /** What is wrong with the form of the request. */
  readonly faults: readonly FieldFault[];
}

/** Reads the client in a body. @throws ApiError `BAD_REQUEST` when there is none */
export function readClient(body: JsonValue | undefined, directory: Directory): ClientInput {
  const { values, faults } = readFields(clientFields, resourceOf(body, 'client'));
  const { secret, authorized_scopes: entries, ...fields } = values;
  const scopes = entries?.map((entry) =>
    'id' in entry ? directory.scopeOfId(entry.id) : directory.scope(entry.name),
  );
  const known = scopes?.flatMap((scope) => scope?.name ?? []);
  return {
    secret: secret ?? undefined,
    fields: { ...fields, authorized_scopes: known },
    faults: known?.length === scopes?.length ? faults : [...faults, unknownScope],
  };
}

const unknownScope = { field: 'authorized_scopes', message: 'names a scope that does not exist' } as const;

/** What the registry derives; a request may say it again, and not otherwise. */
const derived = ['id', 'public_key', 'did'] as const satisfies readonly (keyof ApiClient)[];

/** The change that a request means for the record as it is now. */
export function patchOf(view: View<ApiClient>, current: Client, { fields }: ClientInput): ClientPatch {
  const { id: _, public_key: __, did: ___, ...settable } = fields;
  return applyInput(view, current, settable);
}

/** What is wrong with a request, whatever the rules say of the record: reported together with what they say. */
export function violationsOf(
  view: View<ApiClient>,
  current: Client,
  { fields, faults }: ClientInput,
): readonly Violation[] {
  const altered = derived.filter(
    (name) => fields[name] !== undefined && fields[name] !== view[name].get(current),
  );
  return [
    ...faults.map(({ field, message }) => ({
      rule: formRule,
      field: field as Violation['field'],
      message,
    })),
    ...altered.flatMap((name) =>
      view[name].shows.map((field) => ({ rule: 'read-only', field, message: 'is read-only' }) as const),
    ),
  ];
}

/** The client in the words of the wire. */
export function writeClient(
  view: View<ApiClient>,
  client: Client,
  { secret, directory }: { readonly secret: string | null; readonly directory: Directory },
): WireClient {
  const { id, public_client_id, check_public_client_id, name, ...shown } = show(view, client);
  return {
    id,
    public_client_id,
    check_public_client_id,
    name,
    secret,
    ...shown,
    redirect_uris: [...shown.redirect_uris],
    key_pair_type: shown.key_pair_type && writeKeyPairType(shown.key_pair_type),
    signatures_adapter: signaturesAdapters[shown.signatures_adapter],
    identity_provider: directory.provider(shown.identity_provider),
    authorized_scopes: shown.authorized_scopes.flatMap((scope) => writeScope(directory, scope)),
    supported_grant_types: [...shown.supported_grant_types],
    token_endpoint_auth_methods: [...shown.token_endpoint_auth_methods],
  };
}

function writeScope(directory: Directory, name: string): WireClient['authorized_scopes'] {
  const scope = directory.scope(name);
  return scope === undefined ? [] : [{ id: scope.id, name, public: scope.public }];
}
