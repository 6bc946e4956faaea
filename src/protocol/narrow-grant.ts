import type { Client } from '../clients/client.ts';
import { type Audience, audiencesOf, nonEmpty } from './audience.ts';
import { OAuthError } from './errors.ts';
import type { Form } from './form.ts';
import { decideScopes, faultOfScope, type ScopeContext } from './scopes.ts';
import type { StoredGrant } from './stored-grant.ts';

/** What tokens are to be for. */
export interface TokenScope {
  readonly audience: Audience;
  readonly scopes: readonly string[];
}

/**
 * What tokens that come from a person's grant are for: what was granted, as far as the client may have it now, and no more of that
 * than the request asks for (RFC 6749 §6, RFC 8707 §2.2). What one request leaves out, the next may have again.
 * @throws OAuthError `invalid_scope`, `invalid_target` when the request asks for more than was granted, or nothing is left;
 * `invalid_grant` when it was granted for as long as the person is away, which the client may not have any more
 */
export function narrowGrant(
  grant: StoredGrant,
  request: { readonly client: Client; readonly form: Form },
  server: ScopeContext,
): TokenScope {
  const { client, form } = request;
  const audience = narrowAudience(grant, request, server);
  const token = { client, audience, forPerson: true };
  const isLeft = (name: string) => faultOfScope(name, token, server) === undefined;
  if (grant.offline && !isLeft('offline_access')) {
    throw new OAuthError('invalid_grant', 'The grant is not valid any more.', {
      detail: 'the client may not have offline_access any more',
    });
  }
  const requested = form.get('scope');
  if (requested === undefined) return { audience, scopes: whatIsLeft(grant, isLeft) };
  const scopes = decideScopes({ ...token, requested }, server);
  const wider = scopes.find((name) => !grant.record.scopes.includes(name));
  if (wider === undefined) return { audience, scopes };
  throw new OAuthError('invalid_scope', `The scope ${wider.slice(0, 128)} was not granted.`);
}

/** An answer that names no scope says that all were granted (RFC 6749 §5.1): where none of them is left, there is none. */
function whatIsLeft({ record }: StoredGrant, isLeft: (name: string) => boolean): readonly string[] {
  const scopes = record.scopes.filter(isLeft);
  if (scopes.length > 0 || record.scopes.length === 0) return scopes;
  throw new OAuthError('invalid_scope', 'The client may have none of the granted scopes any more.');
}

function narrowAudience(
  { record }: StoredGrant,
  { client, form }: { readonly client: Client; readonly form: Form },
  server: ScopeContext,
): Audience {
  const allowed = audiencesOf(client, server);
  const left = record.audience.filter((entry) => allowed.has(entry));
  const wider = form.resources.find((resource) => !left.includes(resource));
  const audience = nonEmpty([...new Set(form.resources.length > 0 ? form.resources : left)]);
  if (audience !== undefined && wider === undefined) return audience;
  throw new OAuthError(
    'invalid_target',
    'The resource was not granted, or the client may not have it any more.',
    {
      detail: wider === undefined ? 'no audience is left' : 'a resource was not granted',
    },
  );
}
