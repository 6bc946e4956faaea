import type { Clock } from '../kernel/clock.ts';
import { orderedUuid } from '../kernel/random.ts';
import type { Client } from './client.ts';
import { createClientAccess } from './client-access.ts';
import { type ClientWithSecret, createClientSecrets, type NewSecret } from './client-secrets.ts';
import { invalid } from './errors.ts';
import { createJudge } from './judge.ts';
import { type ClientPatch, describeChange } from './patch.ts';
import { visibilityOf } from './policy.ts';
import type { ReferenceLoader } from './references.ts';
import { auditEntry, type ClientRequest, type Request } from './request.ts';
import type { SecretKeeper } from './secret.ts';
import type { ClientStore, LogoImage } from './store.ts';

/** The only writer of clients. Every promise that resolves to a change is durable. Each call throws `RegistryError`. */
export interface Registry {
  readonly get: (request: ClientRequest) => Promise<Client>;
  /** The clients that the actor may see, in order of creation. */
  readonly list: (request: Request & { readonly applicationId?: string }) => Promise<readonly Client[]>;
  /** Those of `ids` that are registered, for anyone: show only what is public of them. */
  readonly findPublic: (ids: readonly string[]) => Promise<readonly Client[]>;
  /** Registers a client: `patch` over the defaults. `id`: chosen by the caller, never used before; default: a new one. */
  readonly create: (
    request: Request & {
      readonly id?: string;
      readonly patch: (blank: Client) => ClientPatch;
      readonly secret?: NewSecret;
    },
  ) => Promise<ClientWithSecret>;
  /**
   * Changes a client. `patch` is asked for the change anew whenever another write came first, so that none is lost.
   * A change that changes nothing writes nothing.
   */
  readonly update: (
    request: ClientRequest & { readonly patch: (current: Client) => ClientPatch; readonly image?: LogoImage },
  ) => Promise<Client>;
  /** Deletes a client and everything that was granted to it. Its id stays taken for ever. */
  readonly remove: (request: ClientRequest) => Promise<void>;
  /** Ends all secrets and leaves a new one. A chosen secret that is live already changes nothing. */
  readonly replaceSecrets: (
    request: ClientRequest & { readonly secret: NewSecret },
  ) => Promise<ClientWithSecret>;
  /** The newest live secret, where it is kept sealed. Audited. */
  readonly readSecret: (request: ClientRequest) => Promise<ClientWithSecret>;
}

/** What the registry is made of. */
export interface RegistryDependencies {
  readonly store: ClientStore;
  readonly secretKeeper: SecretKeeper;
  readonly loadReferences: ReferenceLoader;
  readonly clock: Clock;
  /** False: the server keeps verifiers of secrets alone. */
  readonly secretsKept: boolean;
}

/** Makes the registry. */
export function createRegistry(dependencies: RegistryDependencies): Registry {
  const { store, clock } = dependencies;
  const judge = createJudge(dependencies);
  const access = createClientAccess(store);
  const secrets = createClientSecrets({ ...dependencies, judge, access });

  return {
    get: async (request) => (await access.load(request)).client,

    list: ({ actor, applicationId }) => {
      const visibility = visibilityOf(actor);
      return store.list({
        ...(applicationId !== undefined && { applicationId }),
        ...(visibility && { visibility }),
      });
    },

    findPublic: async (ids) => {
      const found = await Promise.all([...new Set(ids)].map(store.load));
      return found.flatMap((stored) => stored?.client ?? []);
    },

    create: async (request) => {
      const client = await judge.found(request, request.id ?? orderedUuid(), request.patch);
      const made = request.secret && secrets.make(client.id, request.secret, request.actor.subject);
      const outcome = await store.insert({
        client,
        secrets: made ? [made.secret] : [],
        audit: auditEntry(request, clock.now(), {
          action: 'client.created',
          clientId: client.id,
          changes: describeChange(null, client),
        }),
      });
      if (outcome === 'taken') {
        throw invalid([{ rule: 'id-was-never-used', field: 'id', message: 'has already been taken' }]);
      }
      return { client, secret: made?.text ?? null };
    },

    update: (request) =>
      access.settle(request, async ({ client: before }) => {
        const client = await judge.revise(request, before, request.patch(before));
        if (client === before) return before;
        const audit = auditEntry(request, clock.now(), {
          action: 'client.updated',
          clientId: client.id,
          changes: describeChange(before, client),
        });
        const outcome = await store.update({ client, audit, ...(request.image && { image: request.image }) });
        return outcome === 'conflict' ? outcome : client;
      }),

    remove: (request) =>
      access.settle(request, async ({ client }) => {
        await judge.admit(request, client, null);
        const audit = auditEntry(request, clock.now(), {
          action: 'client.deleted',
          clientId: client.id,
          changes: describeChange(client, null),
        });
        const outcome = await store.remove({ id: client.id, revision: client.revision, audit });
        return outcome === 'conflict' ? outcome : undefined;
      }),

    replaceSecrets: secrets.replace,
    readSecret: secrets.read,
  };
}
