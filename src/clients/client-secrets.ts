import type { Clock } from '../kernel/clock.ts';
import { orderedUuid } from '../kernel/random.ts';
import { type Client, requiresSecret } from './client.ts';
import type { ClientAccess } from './client-access.ts';
import { RegistryError } from './errors.ts';
import type { Judge } from './judge.ts';
import { auditEntry, type ClientRequest } from './request.ts';
import { type ClientSecret, isLive, type SecretKeeper } from './secret.ts';
import { chosenSecretFault, generateSecret, hintOf } from './secret-text.ts';
import type { ClientStore, StoredClient } from './store.ts';

/**
 * A secret to be set: made by the registry; chosen by the caller (8 to 1024 visible ASCII characters or spaces); or one that
 * another server has kept the hash of, until it is first used here.
 */
export type NewSecret = 'generate' | { readonly chosen: string } | { readonly imported: string };

/** A client together with one of its secrets in clear. */
export interface ClientWithSecret {
  readonly client: Client;
  /** Null: it has none. */
  readonly secret: string | null;
}

/** A secret that is about to be stored. */
export interface MadeSecret {
  /** Null: it is imported, and nobody here knows it. */
  readonly text: string | null;
  readonly secret: ClientSecret;
}

/** The registry's work on secrets. They live beside the record: nothing here touches its revision. */
export interface ClientSecrets {
  /**
   * A secret of a client that is about to be stored.
   * @throws RegistryError `invalid` when the chosen text cannot be a secret, or the imported hash cannot be verified
   */
  readonly make: (clientId: string, secret: NewSecret, createdBy: string) => MadeSecret;
  /** Implements `Registry.replaceSecrets`. */
  readonly replace: (request: ClientRequest & { readonly secret: NewSecret }) => Promise<ClientWithSecret>;
  /** Implements `Registry.readSecret`. */
  readonly read: (request: ClientRequest) => Promise<ClientWithSecret>;
}

/** What the work on secrets is made of. */
export interface ClientSecretsDependencies {
  readonly store: Pick<ClientStore, 'updateSecrets' | 'appendAudit'>;
  readonly secretKeeper: SecretKeeper;
  readonly clock: Clock;
  /** False: the server keeps verifiers of secrets alone. */
  readonly secretsKept: boolean;
  readonly access: ClientAccess;
  readonly judge: Judge;
}

/** The most live secrets of a client. */
const mostSecrets = 10;

/** Makes the registry's part that works on secrets. */
export function createClientSecrets(dependencies: ClientSecretsDependencies): ClientSecrets {
  const { store, secretKeeper, clock, secretsKept, access, judge } = dependencies;

  const liveOf = ({ secrets }: StoredClient): readonly ClientSecret[] =>
    secrets.filter((secret) => isLive(secret, clock.now()));

  return {
    make: (clientId, wanted, createdBy) => makeSecret(dependencies, clientId, wanted, createdBy),

    replace: (request) =>
      access.settle(request, async (stored) => {
        const { client } = stored;
        await judge.admit(request, client, client);
        const live = liveOf(stored);
        if (request.secret === 'generate' && !requiresSecret(client) && live.length === 0) {
          throw new RegistryError('secret_not_required');
        }
        const { text, secret } = makeSecret(dependencies, client.id, request.secret, request.actor.subject);
        if (text !== null && live.some(({ verifier }) => secretKeeper.matches(text, verifier))) {
          return { client, secret: text };
        }
        const outcome = await store.updateSecrets({
          clientId: client.id,
          revision: client.revision,
          revoke: 'all',
          add: [secret],
          limit: mostSecrets,
          audit: auditEntry(request, clock.now(), {
            action: 'client.secret-regenerated',
            clientId: client.id,
            changes: [{ field: 'secrets', before: idsOf(stored.secrets), after: idsOf([secret]) }],
          }),
        });
        return outcome === 'updated' ? { client, secret: text } : 'conflict';
      }),

    read: async (request) => {
      const stored = await access.load(request);
      const { client } = stored;
      await judge.admit(request, client, client);
      const newest = liveOf(stored).at(-1);
      if (!newest) return { client, secret: null };
      // One may still be sealed from before the operator chose to keep verifiers alone.
      if (!secretsKept || newest.sealed === null) throw new RegistryError('secret_not_kept');
      const secret = secretKeeper.open(newest.sealed, { clientId: client.id, secretId: newest.id });
      await store.appendAudit(
        auditEntry(request, clock.now(), {
          action: 'client.secret-read',
          clientId: client.id,
          changes: [{ field: 'secrets', before: idsOf([newest]), after: idsOf([newest]) }],
        }),
      );
      return { client, secret };
    },
  };
}

function makeSecret(
  { secretKeeper, clock }: Pick<ClientSecretsDependencies, 'secretKeeper' | 'clock'>,
  clientId: string,
  wanted: NewSecret,
  createdBy: string,
): MadeSecret {
  const id = orderedUuid();
  const base = { id, label: null, createdAt: clock.now(), createdBy, expiresAt: null, lastUsedAt: null };
  if (isImport(wanted)) {
    const digest = wanted.imported;
    refuse(secretKeeper.importFault(digest));
    const verifier = { algorithm: 'imported', digest } as const;
    return { text: null, secret: { ...base, verifier, sealed: null, hint: '' } };
  }
  const text = wanted === 'generate' ? generateSecret() : wanted.chosen;
  refuse(chosenSecretFault(text));
  const verifier = secretKeeper.makeVerifier(text);
  const sealed = secretKeeper.seal(text, { clientId, secretId: id });
  return { text, secret: { ...base, verifier, sealed, hint: hintOf(text) } };
}

/** Of a secret an audit entry says no more than its id. */
function idsOf(secrets: readonly ClientSecret[]): readonly string[] {
  return secrets.map(({ id }) => id);
}

function isImport(secret: NewSecret): secret is { readonly imported: string } {
  return typeof secret === 'object' && 'imported' in secret;
}

function refuse(fault: string | undefined): void {
  if (fault !== undefined) throw new RegistryError('invalid', `secret ${fault}`);
}
