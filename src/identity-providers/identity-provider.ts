import type { AuditEvent } from '../kernel/audit.ts';
import type { OidcSettings } from './oidc-settings.ts';

/**
 * How an identity provider proves who a person is. `internal`: by the accounts of this server. `oidc`: by signing in at another
 * OpenID Connect provider, whose client this server is.
 */
export const identityProviderTypes = [
  'internal',
  'oidc',
] as const satisfies readonly IdentityProvider['type'][];

/** What every identity provider has. */
interface NamedProvider {
  /** A UUID. */
  readonly id: string;
  /** 1 to 255 characters; unique. */
  readonly name: string;
}

/** The accounts of this server. */
export interface InternalProvider extends NamedProvider {
  readonly type: 'internal';
}

/** An upstream OpenID Connect provider. */
export interface OidcProvider extends NamedProvider {
  readonly type: 'oidc';
  readonly settings: OidcSettings;
  /** The secret that it has given this server, sealed; null: it has given none. It is shown nowhere. */
  readonly sealedSecret: string | null;
}

/** Where people sign in. A client names one, or has the built-in one. */
export type IdentityProvider = InternalProvider | OidcProvider;

/** The provider of every client that names none: the accounts of this server. It cannot be changed or deleted. */
export const builtInIdentityProvider: InternalProvider = {
  id: 'd37983e5-df8e-5729-b4a0-92ab5d38b546',
  name: 'Clientele',
  type: 'internal',
};

/** A provider as it will be, and as it must be until then. */
export interface ProviderReplacement {
  readonly provider: IdentityProvider;
  readonly seen: IdentityProvider;
  readonly audit: AuditEvent;
}

/** A provider of the operator's, as it will be. */
export interface ProviderDeclaration {
  readonly provider: IdentityProvider;
  readonly audit: AuditEvent;
  /** Of the one that has its name, the change that frees it; null: none has it. */
  readonly displaced: ProviderReplacement | null;
}

/** The port of `identity-providers/` to storage. Every write is one transaction together with its audit entries. */
export interface IdentityProviderStore {
  /** All, the built-in one first, then in order of creation. */
  readonly list: () => Promise<readonly IdentityProvider[]>;
  /** Grows with every change of what `list` answers. Calls of one tick share one read. */
  readonly revision: () => Promise<number>;
  /** `taken`: another provider has the name. */
  readonly insert: (provider: IdentityProvider, audit: AuditEvent) => Promise<'inserted' | 'taken'>;
  /** `conflict`: there is none, or it is not as it was seen. */
  readonly replace: (replacement: ProviderReplacement) => Promise<'replaced' | 'taken' | 'conflict'>;
  /** Inserts or replaces, whatever is there. `taken` and `conflict` as above; then the other keeps its name. */
  readonly declare: (declaration: ProviderDeclaration) => Promise<'declared' | 'taken' | 'conflict'>;
  /** `in-use`: a client names it. */
  readonly delete: (id: string, audit: AuditEvent) => Promise<'deleted' | 'absent' | 'in-use'>;
}
