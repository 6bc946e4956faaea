import type { Clock } from '../kernel/clock.ts';
import { type Client, requiresSecret } from './client.ts';
import type { ClientAccess } from './client-access.ts';
import { invalid, RegistryError } from './errors.ts';
import type { Judge } from './judge.ts';
import type { ClientRequest } from './request.ts';
import { type NewSecret, secretViolations } from './rules/secrets.ts';
import { type ClientSecret, isLive, type SecretKeeper } from './secret.ts';
import { createSecretChanges, type SecretChanges } from './secret-changes.ts';
import { generateSecret } from './secret-text.ts';
import {
  createSecretTexts,
  describeSecret,
  type SecretDescription,
  type SecretTexts,
} from './secret-texts.ts';
import type { ClientStore, StoredClient } from './store.ts';

/** A client together with one of its secrets in clear. */
export interface ClientWithSecret {
  readonly client: Client;
  /** Null: it has none, or none that may be shown. */
  readonly secret: string | null;
}

/** A secret that was just made. */
export interface CreatedSecret extends SecretDescription {
  readonly text: string;
}

/** The registry's work on secrets. They live beside the record: nothing here touches its revision. */
export interface ClientSecrets extends SecretTexts, Pick<SecretChanges, 'swap'> {
  /** Implements `Registry.replaceSecrets`. */
  readonly replace: (request: ClientRequest & { readonly secret: NewSecret }) => Promise<ClientWithSecret>;
  /** Implements `Registry.addSecret`. */
  readonly add: (request: ClientRequest) => Promise<CreatedSecret>;
  /** Implements `Registry.revokeSecret`. */
  readonly revoke: (request: ClientRequest & { readonly fingerprint: string }) => Promise<void>;
}

/** What the work on secrets is made of. */
export interface ClientSecretsDependencies {
  readonly store: Pick<ClientStore, 'updateSecrets'>;
  readonly secretKeeper: SecretKeeper;
  readonly clock: Clock;
  /** False: the server keeps verifiers of secrets alone. */
  readonly secretsKept: boolean;
  readonly access: ClientAccess;
  readonly judge: Pick<Judge, 'admit'>;
}

/** Makes the registry's part that works on secrets. */
export function createClientSecrets(dependencies: ClientSecretsDependencies): ClientSecrets {
  const { secretKeeper, clock, access, judge } = dependencies;
  const texts = createSecretTexts(dependencies);
  const { make } = texts;
  const { change, swap } = createSecretChanges(dependencies);

  const liveOf = ({ secrets }: StoredClient): readonly ClientSecret[] =>
    secrets.filter((secret) => isLive(secret, clock.now()));

  const isLiveSecret = (stored: StoredClient, text: string): boolean =>
    liveOf(stored).some(({ verifier }) => secretKeeper.matches(text, verifier));

  const settleAdmitted: ClientAccess['settle'] = (request, attempt) =>
    access.settle(request, async (stored) => {
      await judge.admit(request, stored.client, 'use-secrets');
      return attempt(stored);
    });

  return {
    ...texts,
    swap,

    replace: (request) =>
      settleAdmitted(request, async (stored) => {
        const { client } = stored;
        const violations = secretViolations(request.secret, request.face, secretKeeper);
        if (violations.length > 0) throw invalid(violations);
        if (request.secret === 'generate' && !requiresSecret(client) && liveOf(stored).length === 0) {
          throw new RegistryError('secret_not_required');
        }
        const { text, secret } = make(client.id, request.secret, request.actor.subject);
        if (text !== null && isLiveSecret(stored, text)) return { client, secret: text };
        const outcome = await swap(request, stored, secret);
        return outcome === 'done' ? { client, secret: text } : outcome;
      }),

    add: (request) =>
      settleAdmitted(request, async (stored) => {
        const { client } = stored;
        const text = generateSecret();
        const { secret } = make(client.id, { chosen: text }, request.actor.subject);
        const action = 'client.secret-created';
        const outcome = await change(request, stored, { revoke: [], add: [secret], action });
        return outcome === 'done' ? { text, ...describeSecret(secret) } : outcome;
      }),

    revoke: (request) =>
      settleAdmitted(request, async (stored) => {
        const named = stored.secrets.find(
          (secret) => describeSecret(secret).fingerprint === request.fingerprint,
        );
        if (!named) throw new RegistryError('secret_not_found');
        const action = 'client.secret-revoked';
        const outcome = await change(request, stored, { revoke: [named.id], add: [], action });
        return outcome === 'done' ? undefined : outcome;
      }),
  };
}
