import type { JsonObject } from '../kernel/encoding.ts';
import type { Client } from './client.ts';
import { added } from './rules/rule.ts';

/** What the registry must know of a scope. */
export interface KnownScope {
  /** Opens the administration of this server; never public. */
  readonly management: boolean;
  /** Every client may have it. */
  readonly public: boolean;
  /** The application whose administrators give it; null: only administrators of the server do. */
  readonly applicationId: string | null;
}

/** What the registry must know of an application. */
export interface KnownApplication {
  /** What is wrong with a client's configuration for it; empty when nothing is. */
  readonly configFaults: (config: JsonObject) => readonly string[];
}

/** What a record points at, as it stands when the rules run. */
export interface References {
  readonly client: (id: string) => boolean;
  readonly account: (id: string) => boolean;
  readonly identityProvider: (id: string) => boolean;
  readonly application: (id: string) => KnownApplication | undefined;
  readonly scope: (name: string) => KnownScope | undefined;
  /** Grows with every change of what a name of a scope means. */
  readonly scopesRevision: number;
}

/** Every scope that a record names, also those that are switched off. */
export function scopesNamedBy({
  allowedScopes,
  authorizedScopes,
}: Pick<Client, 'allowedScopes' | 'authorizedScopes'>): readonly string[] {
  return [...(allowedScopes ?? []), ...authorizedScopes];
}

/** The ids whose existence must be asked of storage before the rules run. */
export interface WantedReferences {
  readonly clientIds: readonly string[];
  readonly accountIds: readonly string[];
}

/** Looks up what records point at. `operator/reference-loader.ts` joins it from the folders that own the things. */
export type ReferenceLoader = (wanted: WantedReferences) => Promise<References>;

/**
 * What to look up before `client` is judged: what it points at and `before` did not, for that alone must exist. The id of a new
 * client is among the accounts: the two must never meet (RFC 9700 §4.15).
 */
export function referencesOf(client: Client, before: Client | null): WantedReferences {
  return {
    clientIds: added(client.allowedDelegators, before?.allowedDelegators),
    accountIds: added(accountsNamedBy(client), before && accountsNamedBy(before)),
  };
}

function accountsNamedBy({ id, clientCredentialsSubject }: Client): readonly string[] {
  return clientCredentialsSubject === null ? [id] : [id, clientCredentialsSubject];
}
