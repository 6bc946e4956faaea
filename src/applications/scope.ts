/**
 * What a scope is about.
 * - `identity`: the person's data (OpenID Connect Core §5.4, §11), and what the person has allowed; meaningless without a person.
 * - `management`: administration of this server. Never public, never granted unless asked for by name.
 * - `application`: one application's API; only for clients that are bound to it.
 * - `general`: everything else that the operator declares.
 */
export type ScopeKind = 'identity' | 'management' | 'application' | 'general';

/** A scope that tokens may carry (RFC 6749 §3.3). */
export interface Scope {
  /** One scope-token of RFC 6749 Appendix A.4. */
  readonly name: string;
  /** What a person reads on the consent page. */
  readonly label: string;
  /** Public: every client may ask for it unless its record narrows the list. */
  readonly public: boolean;
  readonly kind: ScopeKind;
  /** The application whose API it opens; null for the other kinds. */
  readonly applicationId: string | null;
}

function builtIn(
  shared: Pick<Scope, 'kind' | 'public'>,
  labels: Readonly<Record<string, string>>,
): readonly Scope[] {
  return Object.entries(labels).map(([name, label]) => ({ name, label, ...shared, applicationId: null }));
}

/** The scopes that every Clientele has. */
export const builtInScopes: readonly Scope[] = [
  ...builtIn(
    { kind: 'identity', public: true },
    {
      openid: 'Know who you are',
      profile: 'See your name and profile',
      email: 'See your email address',
      address: 'See your postal address',
      phone: 'See your phone number',
      offline_access: 'Keep access while you are away',
      'oauth:client-authorisations:read': 'See what you have allowed apps',
      'oauth:client-authorisations:revoke': 'End what you have allowed apps',
    },
  ),
  ...builtIn(
    { kind: 'general', public: false },
    {
      backend: "Use the operator's own API",
      auth: 'Manage your credentials',
      'login-register': 'Finish a registration',
    },
  ),
  ...builtIn(
    { kind: 'management', public: false },
    {
      'oauth:clients:read': 'Read clients',
      'oauth:clients:manage': 'Manage clients',
      'clients:manage:all': 'Manage every client',
      'scopes:manage:all': 'Manage scopes: give any registered one another meaning, or make it public',
      'identity-providers:manage:all': 'Manage identity providers',
      login: 'Administer sign-in',
      admin: 'Act as an administrator',
    },
  ),
];

/** The names of all management scopes, in the order of `builtInScopes`. */
export const managementScopes: readonly string[] = builtInScopes
  .filter((scope) => scope.kind === 'management')
  .map((scope) => scope.name);

/**
 * The management scopes that open, by themselves, what others own. A client has them because the operator trusts it; a person who signs
 * in at it, and may be anybody, because of being an administrator.
 */
export const administratorScopes: ReadonlySet<string> = new Set([
  'clients:manage:all',
  'scopes:manage:all',
  'identity-providers:manage:all',
  'admin',
]);
