import type { ConnectRouter, ServiceImpl } from '@connectrpc/connect';
import type { Client } from '../../clients/client.ts';
import { applyPatch } from '../../clients/patch.ts';
import type { Actor } from '../../clients/policy.ts';
import type { Registry } from '../../clients/registry.ts';
import { applyInput, type View, type ViewInput } from '../../clients/view.ts';
import {
  ClientsService,
  type CreateClientRequest,
  type UpdateClientRequest,
} from '../../gen/xeonr/auth/api/v1/clients_service_pb.ts';
import { readUuid } from '../../kernel/random.ts';
import type { LogoReader } from '../logo-image.ts';
import type { LogoUriOf } from '../logo-route.ts';
import { callerOf } from './admission.ts';
import { excerptOf, type FieldFault, invalidArgument, toConnectError } from './errors.ts';
import { inDialect } from './in-dialect.ts';
import { readCreation, readUpdate, unknownPaths, writeClient, writePublicClient } from './messages.ts';
import { type ConnectClient, createConnectView, creationPatch } from './view.ts';

/** What the dialect is made of. */
export interface ClientsServiceDependencies {
  readonly registry: Registry;
  readonly readLogo: LogoReader;
  /** Where an uploaded or external logo is found; null for a client without one. */
  readonly logoUriOf: LogoUriOf;
}

const mostPublicClients = 100;

/** Adds `xeonr.auth.api.v1.ClientsService` to a router. */
export function addClientsService(router: ConnectRouter, dependencies: ClientsServiceDependencies): void {
  const view = createConnectView(dependencies.logoUriOf);
  const service = createClientsService(dependencies, view);
  router.service(
    ClientsService,
    inDialect(service, (error) => toConnectError(view, error)),
  );
}

type Service = Required<ServiceImpl<typeof ClientsService>>;

function createClientsService(
  { registry, readLogo, logoUriOf }: ClientsServiceDependencies,
  view: View<ConnectClient>,
): Service {
  return {
    createClient: async (request, context) => {
      const caller = callerOf(context);
      const { client, secret } = await registry.create({
        ...caller,
        patch: (blank) => patchOfCreation(view, request, caller.actor, blank),
        ...(request.hasSecret && { secret: 'generate' }),
      });
      return { client: writeClient(view, client, secret) };
    },

    getClient: async (request, context) => {
      const caller = { ...callerOf(context), id: idOf(request) };
      if (!request.includeSecret) return { client: writeClient(view, await registry.get(caller)) };
      const { client, secret } = await registry.readSecret(caller);
      return { client: writeClient(view, client, secret) };
    },

    listClients: async ({ applicationId }, context) => {
      const caller = callerOf(context);
      const clients = await registry.list({ ...caller, ...(applicationId && { applicationId }) });
      return { clients: clients.map((client) => writeClient(view, client)) };
    },

    updateClient: async (request, context) => {
      const caller = { ...callerOf(context), id: idOf(request, maskFaults(request)) };
      const input = settableBy(caller.actor, readUpdate(request));
      const client = await registry.update({
        ...caller,
        patch: (current) => applyInput(view, current, input),
      });
      return { client: writeClient(view, client) };
    },

    deleteClient: async (request, context) => {
      await registry.remove({ ...callerOf(context), id: idOf(request) });
      return {};
    },

    regenerateSecret: async (request, context) => {
      const caller = { ...callerOf(context), id: idOf(request) };
      const { client, secret } = await registry.replaceSecrets({ ...caller, secret: 'generate' });
      return writeClient(view, client, request.includeSecret ? secret : null);
    },

    uploadClientLogo: async (request, context) => {
      const caller = { ...callerOf(context), id: idOf(request) };
      await registry.get(caller);
      const image = await readLogo({ octets: request.logoData, declaredMediaType: request.contentType });
      const logo = { kind: 'uploaded', hash: image.hash, extension: image.extension } as const;
      const client = await registry.update({ ...caller, patch: () => ({ logo }), image });
      return { logoUrl: logoUriOf(client) ?? '' };
    },

    getPublicClients: async ({ clientId: ids }) => {
      checkCount(ids);
      const clients = await registry.findPublic(ids.map((id) => id.toLowerCase()));
      return {
        clients: Object.fromEntries(clients.map((client) => [client.id, writePublicClient(view, client)])),
      };
    },
  };
}

/** The client that a request names. `others`: what else is wrong with the request. */
function idOf({ clientId }: { readonly clientId: string }, others: readonly FieldFault[] = []): string {
  const id = readUuid(clientId);
  if (id === undefined) throw invalidArgument([{ field: 'clientId', message: 'must be a UUID' }, ...others]);
  if (others.length > 0) throw invalidArgument(others);
  return id;
}

function checkCount(ids: readonly string[]): void {
  if (ids.length >= 1 && ids.length <= mostPublicClients) return;
  throw invalidArgument([{ field: 'clientId', message: `must have 1 to ${mostPublicClients} entries` }]);
}

function maskFaults({ updateMask }: UpdateClientRequest): readonly FieldFault[] {
  return unknownPaths([...new Set(updateMask?.paths)]).map((path) => ({
    field: 'updateMask',
    message: `names "${excerptOf(path)}", which is not an updatable field`,
  }));
}

/** Whether a client is verified is the administrators' word: what others say of it is ignored in silence, as documented. */
function settableBy(
  actor: Actor,
  { isVerified, ...input }: ViewInput<ConnectClient>,
): ViewInput<ConnectClient> {
  return actor.administrator ? { ...input, isVerified } : input;
}

function patchOfCreation(
  view: View<ConnectClient>,
  request: CreateClientRequest,
  actor: Actor,
  blank: Client,
) {
  const { hasSecret, usesManagedBuckets, applicationId } = request;
  const hidden = creationPatch({ hasSecret, usesManagedBuckets, applicationId: applicationId || null });
  const input = settableBy(actor, readCreation(request));
  return { ...hidden, ...applyInput(view, applyPatch(blank, hidden), input) };
}
