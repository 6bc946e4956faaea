import type { Catalog } from '../applications/catalog.ts';
import type { Scope, ScopeKind } from '../applications/scope.ts';
import type { Client } from '../clients/client.ts';
import type { Audience } from './audience.ts';
import { OAuthError } from './errors.ts';

/** What the scopes of a token depend on. */
export interface ScopeRequest {
  readonly client: Client;
  /** The `scope` parameter; undefined: every scope that the client may have, management scopes excluded. */
  readonly requested: string | undefined;
  readonly audience: Audience;
  /** Whether the token speaks for a person. */
  readonly forPerson: boolean;
}

/** What this server knows. */
export interface ScopeContext {
  readonly issuer: string;
  readonly catalog: Pick<Catalog, 'scope' | 'scopes' | 'application'>;
}

/** scope-token *( SP scope-token ), RFC 6749 Appendix A.4. */
const scopeSyntax = /^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/;

/** Opens a registration and nothing else: never combined with another scope. */
const loginRegister = 'login-register';

/**
 * Decides the scopes of a token, in the order in which they were asked for.
 * @throws OAuthError `invalid_scope` naming the scope that cannot be granted
 */
export function decideScopes(request: ScopeRequest, context: ScopeContext): readonly string[] {
  return request.requested === undefined
    ? defaultScopes(request, context)
    : requestedScopes(request, request.requested, context);
}

/** Whether a client may have `scope` at all, whatever the token is for. */
export function mayHave(client: Client, scope: Scope): boolean {
  const allowed = client.allowedScopes === null ? scope.public : client.allowedScopes.includes(scope.name);
  const authorized = client.authorizeScope && client.authorizedScopes.includes(scope.name);
  return (allowed || authorized) && (scope.applicationId === null || belongsTo(client, scope.applicationId));
}

function belongsTo(client: Client, applicationId: string): boolean {
  return (
    client.applicationId === applicationId ||
    client.applicationBindings.some((binding) => binding.applicationId === applicationId)
  );
}

function defaultScopes(request: ScopeRequest, context: ScopeContext): readonly string[] {
  const names = context.catalog
    .scopes()
    .filter((scope) => scope.kind !== 'management' && mayHave(request.client, scope))
    .filter((scope) => misfits[scope.kind](scope, request, context) === undefined)
    .map(({ name }) => name);
  return names.length > 1 ? names.filter((name) => name !== loginRegister) : names;
}

function requestedScopes(request: ScopeRequest, requested: string, context: ScopeContext): readonly string[] {
  if (!scopeSyntax.test(requested)) throw new OAuthError('invalid_scope', 'The scope is malformed.');
  const names = [...new Set(requested.split(' '))];
  for (const name of names) {
    const fault = faultOfScope(name, request, context);
    if (fault === undefined) continue;
    const description = `The scope ${name.slice(0, 128)} ${fault}.`;
    throw new OAuthError('invalid_scope', description, { detail: `a scope ${fault}` });
  }
  if (names.length > 1 && names.includes(loginRegister)) {
    throw new OAuthError('invalid_scope', `The scope ${loginRegister} cannot be combined with another.`);
  }
  return names;
}

/** Why a token cannot carry the scope `name`; undefined when it can. */
export function faultOfScope(
  name: string,
  request: Omit<ScopeRequest, 'requested'>,
  context: ScopeContext,
): string | undefined {
  const scope = context.catalog.scope(name);
  return scope === undefined || !mayHave(request.client, scope)
    ? 'is unknown or not allowed for this client'
    : misfits[scope.kind](scope, request, context);
}

type Fit = (
  scope: Scope,
  request: Omit<ScopeRequest, 'requested'>,
  context: ScopeContext,
) => string | undefined;

/** Why a scope of each kind does not fit what the token is for; undefined when it does. */
const misfits: Readonly<Record<ScopeKind, Fit>> = {
  general: () => undefined,
  identity: (_scope, { forPerson }) => (forPerson ? undefined : 'is about a person, and this grant has none'),
  management: (_scope, { audience }, { issuer }) =>
    audience.every((entry) => entry === issuer)
      ? undefined
      : `needs a token for this server alone: ask for resource=${issuer}`,
  application(scope, { audience }, { catalog }) {
    const home = catalog.application(scope.applicationId ?? '')?.audience;
    return home !== undefined && audience.includes(home)
      ? undefined
      : `belongs to an API that the token is not for: ask for resource=${home}`;
  },
};
