import type { Client } from '../../clients/client.ts';
import type { ClientWithSecret } from '../../clients/client-secrets.ts';
import { RegistryError } from '../../clients/errors.ts';
import type { Renewal } from '../../clients/key-pair.ts';
import { applyPatch, type ClientPatch } from '../../clients/patch.ts';
import type { Registry } from '../../clients/registry.ts';
import type { Request } from '../../clients/request.ts';
import { type View, wireNameOf } from '../../clients/view.ts';
import { builtInIdentityProvider } from '../../identity-providers/identity-provider.ts';
import { isUuid } from '../../kernel/random.ts';
import { untilSettled } from '../../kernel/until-settled.ts';
import type { RestCall } from '../rest-route.ts';
import type { WireClient } from './client-schema.ts';
import { type Directory, type DirectorySources, readDirectory } from './directory.ts';
import { toApiError } from './errors.ts';
import { defaultKeyPairType } from './key-pair-types.ts';
import { type ClientInput, patchOf, readClient, violationsOf, writeClient } from './mapping.ts';
import { parseId } from './resource.ts';
import { type ApiClient, createApiView, creationPatch, type Lifetimes } from './view.ts';

/** What the routes of clients are made of. */
export interface ClientRoutesDependencies extends DirectorySources {
  readonly registry: Registry;
  /** The lifetimes that hold where a record has none. */
  readonly lifetimes: Lifetimes;
}

/** What the routes of clients do: each is one call of the registry, in the words of the wire. */
export interface ClientCalls {
  readonly list: (call: RestCall) => Promise<readonly WireClient[]>;
  readonly create: (call: RestCall) => Promise<WireClient>;
  readonly get: (call: RestCall) => Promise<WireClient>;
  readonly update: (call: RestCall) => Promise<WireClient>;
  readonly renew: (call: RestCall, renewal: Renewal) => Promise<WireClient>;
  readonly remove: (call: RestCall) => Promise<void>;
}

/** What clients point at, and the view that it makes. */
interface Scene {
  readonly directory: Directory;
  readonly view: View<ApiClient>;
}

/** Makes the calls. */
export function createClientCalls(deps: ClientRoutesDependencies): ClientCalls {
  const { registry, lifetimes } = deps;

  const openScene = async (): Promise<Scene> => {
    const directory = await readDirectory(deps);
    const isScope = (name: string): boolean => directory.scope(name) !== undefined;
    const defaultProviderId = builtInIdentityProvider.id;
    return { directory, view: createApiView({ lifetimes, defaultProviderId, isScope }) };
  };

  /** Runs `work` on what the names and ids in a request mean, anew whenever the scopes changed before it was written. */
  const inScene = async (work: (scene: Scene) => Promise<ClientWithSecret>): Promise<ClientWithSecret> => {
    const result = await untilSettled(async () => {
      try {
        return await work(await openScene());
      } catch (error) {
        if (!isConflict(error)) throw error;
        return 'conflict';
      }
    });
    if (result === 'conflict') throw new RegistryError('contended');
    return result;
  };

  /** What a client points at is read after the client, so that it has its name. */
  const show = async ({ client, secret }: ClientWithSecret): Promise<WireClient> => {
    const { view, directory } = await openScene();
    return writeClient(view, client, { secret, directory });
  };

  return {
    list: async ({ caller }) => {
      const clients = await registry.list(managing(caller));
      const { view, directory } = await openScene();
      return clients.map((client) => writeClient(view, client, { secret: null, directory }));
    },

    create: async ({ caller, body }) => {
      const created = await inScene((scene) => {
        const input = withUsableId(readClient(body, scene.directory));
        const request = { ...seeing(scene, managing(caller)), ...creationOf(scene, input) };
        return inWords(scene, input, () => registry.create(request));
      });
      return show(created);
    },

    get: async ({ caller, params }) => show(await registry.reveal(onClient(caller, params))),

    update: async ({ caller, params, body }) => {
      const request = onClient(caller, params);
      const changed = await inScene((scene) => {
        const input = readClient(body, scene.directory);
        const change = { ...seeing(scene, request), ...changeOf(scene, input) };
        return inWords(scene, input, () => registry.updateAndReveal(change));
      });
      return show(changed);
    },

    renew: async ({ caller, params }, renewal) => {
      const change = { ...onClient(caller, params), patch: patchOfRenewal[renewal], renew: renewal };
      const scene = await openScene();
      return show(await inWords(scene, nothing, () => registry.updateAndReveal(change)));
    },

    remove: ({ caller, params }) => registry.remove(onClient(caller, params)),
  };
}

/** A client whose tokens the server's keys sign gets a key pair of its own; a DID it has nothing to be made of. */
const patchOfRenewal: Readonly<Record<Renewal, (current: Client) => ClientPatch>> = {
  'key-pair': ({ keyPairType }) => (keyPairType === null ? { keyPairType: defaultKeyPairType } : {}),
  did: () => ({}),
};

/** A request that says nothing. */
const nothing: ClientInput = { secret: undefined, fields: {}, faults: [] };

/** The scope of these routes means every client, whoever owns it. */
function managing(caller: Request): Request {
  return { ...caller, actor: { ...caller.actor, managesEveryClient: true } };
}

function onClient(caller: Request, params: RestCall['params']): Request & { readonly id: string } {
  return { ...managing(caller), id: parseId(params['client_id']) };
}

/** The request with the revision of the scopes that its names were looked up in. */
function seeing<Asked extends Request>({ directory }: Scene, request: Asked): Asked {
  return { ...request, ifScopesRevision: directory.scopesRevision };
}

/** What `Registry.updateAndReveal` is asked for. */
function changeOf(
  { view }: Scene,
  input: ClientInput,
): Omit<Parameters<Registry['updateAndReveal']>[0], keyof Request | 'id'> {
  const { secret } = input;
  return {
    patch: (current) => patchOf(view, current, input),
    faults: (current) => violationsOf(view, current, input),
    ...(secret !== undefined && { secret: { chosen: secret } }),
  };
}

/** An id that is chosen is read as a field of the new client, and looked up before the rules are asked; null means none. */
function withUsableId(input: ClientInput): ClientInput {
  const { id, ...fields } = input.fields;
  if (id === undefined || id === null) return { ...input, fields };
  if (isUuid(id)) return input;
  return { ...input, fields, faults: [...input.faults, { field: 'id', message: 'is invalid' }] };
}

/** What `Registry.create` is asked for. */
function creationOf(
  { view }: Scene,
  input: ClientInput,
): Omit<Parameters<Registry['create']>[0], keyof Request> {
  const { id, identity_provider: provider } = input.fields;
  const patch = (blank: Client): ClientPatch => ({
    ...creationPatch,
    ...patchOf(view, applyPatch(blank, creationPatch), input),
    // A new client names its provider, also where that is the one that it would have without.
    ...(provider && { identityProviderId: provider }),
  });
  return {
    ...(id && { id }),
    patch,
    faults: (blank) => violationsOf(view, blank, input),
    secret: input.secret === undefined ? 'generate' : { chosen: input.secret },
  };
}

function isConflict(error: unknown): boolean {
  return error instanceof RegistryError && error.code === 'conflict';
}

/** Runs a call of the registry; what it refuses is said in the words of the wire, but for a conflict, which may be settled. */
async function inWords<Result>(
  { view }: Scene,
  { fields }: ClientInput,
  call: () => Promise<Result>,
): Promise<Result> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof RegistryError) || isConflict(error)) throw error;
    throw toApiError(error, ({ field }) => reportedAs(wireNameOf(view, field)), fields.redirect_uris ?? []);
  }
}

/** The provider stands in an object, and what is wrong with it under the name of its id. */
function reportedAs(field: string): string {
  return field === 'identity_provider' ? 'identity_provider_id' : field;
}
