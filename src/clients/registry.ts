import type { AllowedScopes } from './allowed-scopes.ts';
import type { Client } from './client.ts';
import { createClientAccess } from './client-access.ts';
import { type ClientWithSecret, type CreatedSecret, createClientSecrets } from './client-secrets.ts';
import { type CreateRequest, createCreate } from './create-client.ts';
import { discloseTo } from './disclosure.ts';
import { RegistryError } from './errors.ts';
import { createJudge, type JudgeDependencies } from './judge.ts';
import { createKeyHands } from './key-in-hand.ts';
import type { KeyMaker } from './key-pair.ts';
import { describeChange } from './patch.ts';
import { visibilityOf } from './policy.ts';
import type { RegistryParts } from './registry-parts.ts';
import { createRenameScope } from './rename-scope.ts';
import { auditEntry, type ClientRequest, type Request } from './request.ts';
import type { NewSecret } from './rules/secrets.ts';
import { isLive, type SecretKeeper } from './secret.ts';
import { describeSecret, type SecretDescription } from './secret-texts.ts';
import type { ClientStore } from './store.ts';
import { createUpdate, type UpdateRequest } from './update-client.ts';

/** The only writer of clients. Every promise that resolves to a change is durable. Each call throws `RegistryError`. */
export interface Registry {
  readonly get: (request: ClientRequest) => Promise<Client>;
  /** The same with what may be told of the live secrets, oldest first. */
  readonly describe: (
    request: ClientRequest,
  ) => Promise<{ readonly client: Client; readonly secrets: readonly SecretDescription[] }>;
  /** The clients that the actor may see, in order of creation. */
  readonly list: (request: Request & { readonly applicationId?: string }) => Promise<readonly Client[]>;
  /** Those of `ids` that are registered, for anyone: show only what is public of them. */
  readonly findPublic: (ids: readonly string[]) => Promise<readonly Client[]>;
  /** Registers a client. */
  readonly create: (request: CreateRequest) => Promise<ClientWithSecret>;
  /** Changes a client. A change that changes nothing writes nothing. */
  readonly update: (request: UpdateRequest) => Promise<Client>;
  /** The same, and answers the newest live secret too, where it is kept. Audited. */
  readonly updateAndReveal: (request: UpdateRequest) => Promise<ClientWithSecret>;
  /** Deletes a client and everything that was granted to it. Its id stays taken for ever. */
  readonly remove: (request: ClientRequest) => Promise<void>;
  /** Ends all secrets and leaves a new one. A chosen secret that is live already changes nothing. */
  readonly replaceSecrets: (
    request: ClientRequest & { readonly secret: NewSecret },
  ) => Promise<ClientWithSecret>;
  /** Adds a secret beside the others; at most 10 are live at once. */
  readonly addSecret: (request: ClientRequest) => Promise<CreatedSecret>;
  /** Ends the secret that has this fingerprint. */
  readonly revokeSecret: (request: ClientRequest & { readonly fingerprint: string }) => Promise<void>;
  /** The newest live secret, where it is kept sealed. Audited. */
  readonly readSecret: (request: ClientRequest) => Promise<ClientWithSecret>;
  /** The same, but null where it is not kept or the client is internal. */
  readonly reveal: (request: ClientRequest) => Promise<ClientWithSecret>;
  /**
   * Puts another name in the place of a scope's in every record that names it; null: takes it out. In the operator's power. What people
   * have allowed, and what was granted for that, loses the scope either way.
   * `invalid`: the records that the rules let change are changed, and one is not, for what it was before.
   */
  readonly renameScope: (request: Request, from: string, to: string | null) => Promise<void>;
}

/** What the registry is made of. */
export interface RegistryDependencies extends JudgeDependencies {
  readonly store: ClientStore;
  readonly allowedScopes: AllowedScopes;
  readonly secretKeeper: SecretKeeper;
  readonly keyMaker: KeyMaker;
}

/** Makes the registry. */
export function createRegistry(dependencies: RegistryDependencies): Registry {
  const { store, allowedScopes, clock } = dependencies;
  const judge = createJudge(dependencies);
  const access = createClientAccess(store);
  const secrets = createClientSecrets({ ...dependencies, judge, access });
  const withKeyInHand = createKeyHands(dependencies.keyMaker);
  const parts: RegistryParts = { store, clock, judge, access, secrets, withKeyInHand };
  const { update, updateAndReveal } = createUpdate(parts);

  return {
    ...createReads(parts),
    create: createCreate(parts),
    update,
    updateAndReveal,

    remove: (request) =>
      access.settle(request, async ({ client }) => {
        await judge.admit(request, client, 'delete');
        const audit = auditEntry(request, clock.now(), {
          action: 'client.deleted',
          targetId: client.id,
          changes: describeChange(client, null),
        });
        const outcome = await store.remove({ id: client.id, revision: client.revision, audit });
        return outcome === 'conflict' ? outcome : undefined;
      }),

    replaceSecrets: secrets.replace,
    addSecret: secrets.add,
    revokeSecret: secrets.revoke,

    renameScope: createRenameScope({ store, allowedScopes }, update),
  };
}

function createReads(
  parts: RegistryParts,
): Pick<Registry, 'get' | 'describe' | 'list' | 'findPublic' | 'readSecret' | 'reveal'> {
  const { store, clock, judge, access, secrets } = parts;
  return {
    get: async (request) => (await access.load(request)).client,

    describe: async (request) => {
      const { client, secrets: all } = await access.load(request);
      return { client, secrets: all.filter((secret) => isLive(secret, clock.now())).map(describeSecret) };
    },

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

    readSecret: async (request) => {
      const stored = await access.load(request);
      const { client } = stored;
      await judge.admit(request, client, 'use-secrets');
      if (!stored.secrets.some((secret) => isLive(secret, clock.now()))) return { client, secret: null };
      const disclosure = secrets.disclose(request, stored);
      if (!disclosure) throw new RegistryError('secret_not_kept');
      await store.appendAudit(disclosure.reading);
      return { client, secret: disclosure.text };
    },

    reveal: async (request) => {
      const stored = await access.load(request);
      const disclosure = await discloseTo(parts, request, stored);
      if (disclosure) await store.appendAudit(disclosure.reading);
      return { client: stored.client, secret: disclosure?.text ?? null };
    },
  };
}
