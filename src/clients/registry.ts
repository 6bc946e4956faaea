import type { AuditAction, AuditEvent, Face, FieldChange } from '../kernel/audit.ts';
import type { Clock } from '../kernel/clock.ts';
import { createKeyedQueue } from '../kernel/keyed-queue.ts';
import { orderedUuid } from '../kernel/random.ts';
import { type Client, requiresSecret } from './client.ts';
import { invalid, RegistryError } from './errors.ts';
import { createJudge } from './judge.ts';
import { type ClientPatch, describeChange } from './patch.ts';
import { type Actor, maySee, visibilityOf } from './policy.ts';
import type { ReferenceLoader } from './references.ts';
import { type ClientSecret, isLive, type SecretKeeper } from './secret.ts';
import { generateSecret, hintOf } from './secret-text.ts';
import type { ClientStore, LogoImage, StoredClient } from './store.ts';

/** Who asks, through which face, in which request. Every call of the registry names it. */
export interface Request {
  readonly actor: Actor;
  readonly face: Face;
  readonly requestId: string;
}

/** A request about one client. */
export interface ClientRequest extends Request {
  readonly id: string;
  /** The revision that the caller has seen (its ETag); absent: whatever is current. */
  readonly ifRevision?: number;
}

/** A secret to be set: made by the registry, or chosen by the caller. */
export type NewSecret = 'generate' | { readonly chosen: string };

/** A client together with one of its secrets in clear. */
export interface ClientWithSecret {
  readonly client: Client;
  /** Null: it has none. */
  readonly secret: string | null;
}

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
  /** Ends all secrets and leaves one. A chosen secret that is live already changes nothing. */
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

/** Only writes of other nodes are raced, since this node's writes to one client queue: two tries are rare, many are a fault. */
const mostTries = 32;
/** The most live secrets of a client. */
const mostSecrets = 10;

/** Makes the registry. */
export function createRegistry(dependencies: RegistryDependencies): Registry {
  const { store, clock } = dependencies;
  const judge = createJudge(dependencies);
  const inTurn = createKeyedQueue();

  const loadVisible = async ({ id, actor, ifRevision }: ClientRequest): Promise<StoredClient> => {
    const stored = await store.load(id);
    if (!stored || !maySee(actor, stored.client)) throw new RegistryError('not_found');
    if (ifRevision !== undefined && ifRevision !== stored.client.revision)
      throw new RegistryError('conflict');
    return stored;
  };

  /** Runs load → `attempt` until no other node's write came between. */
  const settle = <Result>(
    request: ClientRequest,
    attempt: (stored: StoredClient) => Promise<Result | 'conflict'>,
  ): Promise<Result> =>
    inTurn(request.id, async () => {
      for (let tries = 0; tries < mostTries; tries++) {
        const result = await attempt(await loadVisible(request));
        if (result !== 'conflict') return result;
      }
      throw new RegistryError('contended');
    });

  const auditOf = (
    { actor, face, requestId }: Request,
    action: AuditAction,
    clientId: string,
    changes: readonly FieldChange[] = [],
  ): AuditEvent => ({
    id: orderedUuid(),
    at: clock.now(),
    action,
    clientId,
    actor: actor.subject,
    face,
    requestId,
    changes,
  });

  const makeSecret = (clientId: string, text: string, createdBy: string): ClientSecret => {
    const id = orderedUuid();
    return {
      id,
      label: null,
      verifier: dependencies.secretKeeper.makeVerifier(text),
      sealed: dependencies.secretKeeper.seal(text, { clientId, secretId: id }),
      hint: hintOf(text),
      createdAt: clock.now(),
      createdBy,
      expiresAt: null,
      lastUsedAt: null,
    };
  };

  const liveSecrets = ({ secrets }: StoredClient): readonly ClientSecret[] =>
    secrets.filter((secret) => isLive(secret, clock.now()));

  return {
    get: async (request) => (await loadVisible(request)).client,

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
      const text = request.secret === undefined ? null : secretTextOf(request.secret);
      const secrets = text === null ? [] : [makeSecret(client.id, text, request.actor.subject)];
      const audit = auditOf(request, 'client.created', client.id, describeChange(null, client));
      const outcome = await store.insert({ client, secrets, audit });
      if (outcome === 'taken') {
        throw invalid([{ rule: 'id-was-never-used', field: 'id', message: 'has already been taken' }]);
      }
      return { client, secret: text };
    },

    update: (request) =>
      settle(request, async ({ client: before }) => {
        const client = await judge.revise(request, before, request.patch(before));
        if (client === before) return before;
        const audit = auditOf(request, 'client.updated', client.id, describeChange(before, client));
        const outcome = await store.update({ client, audit, ...(request.image && { image: request.image }) });
        return outcome === 'conflict' ? outcome : client;
      }),

    remove: (request) =>
      settle(request, async ({ client }) => {
        await judge.admit(request, client, null);
        const audit = auditOf(request, 'client.deleted', client.id, describeChange(client, null));
        const outcome = await store.remove({ id: client.id, revision: client.revision, audit });
        return outcome === 'conflict' ? outcome : undefined;
      }),

    replaceSecrets: (request) =>
      settle(request, async (stored) => {
        const { client } = stored;
        await judge.admit(request, client, client);
        const live = liveSecrets(stored);
        if (!requiresSecret(client) && live.length === 0) throw new RegistryError('secret_not_required');
        const text = secretTextOf(request.secret);
        if (live.some(({ verifier }) => dependencies.secretKeeper.matches(text, verifier))) {
          return { client, secret: text };
        }
        const outcome = await store.updateSecrets({
          clientId: client.id,
          revision: client.revision,
          revoke: 'all',
          add: [makeSecret(client.id, text, request.actor.subject)],
          limit: mostSecrets,
          audit: auditOf(request, 'client.secret-regenerated', client.id),
        });
        return outcome === 'updated' ? { client, secret: text } : 'conflict';
      }),

    readSecret: async (request) => {
      const stored = await loadVisible(request);
      const { client } = stored;
      await judge.admit(request, client, client);
      const newest = liveSecrets(stored).at(-1);
      if (!newest) return { client, secret: null };
      if (newest.sealed === null) throw new RegistryError('secret_not_kept');
      await store.appendAudit(auditOf(request, 'client.secret-read', client.id));
      const secret = dependencies.secretKeeper.open(newest.sealed, {
        clientId: client.id,
        secretId: newest.id,
      });
      return { client, secret };
    },
  };
}

function secretTextOf(secret: NewSecret): string {
  return secret === 'generate' ? generateSecret() : secret.chosen;
}
