import type { Catalog } from '../../applications/catalog.ts';
import type { Client } from '../../clients/client.ts';
import { audiencesOf, nonEmpty } from '../audience.ts';
import { mayHave } from '../scopes.ts';
import { type AccessTokenClaims, audienceClaim, clientClaims } from './access-token-claims.ts';

/** What a token comes from, as it is now. */
export interface TokenOrigin {
  readonly client: Client;
  /** The scopes of the grant. Undefined: the token comes from none, or the grant has ended. */
  readonly granted: readonly string[] | undefined;
}

/**
 * What a token is still worth: of the audiences, scopes and bindings that it was issued for, those that its client has now, and of the
 * scopes those that its grant says. Undefined when no audience is left.
 */
export function narrowClaims(
  claims: AccessTokenClaims,
  { client, granted }: TokenOrigin,
  server: { readonly issuer: string; readonly catalog: Pick<Catalog, 'application' | 'scope'> },
): AccessTokenClaims | undefined {
  const allowed = audiencesOf(client, server);
  const audience = nonEmpty([claims.aud].flat().filter((entry) => allowed.has(entry)));
  if (audience === undefined) return undefined;
  const { scope: issuedFor, application_id, application_bindings, managed_buckets, ...others } = claims;
  const current = clientClaims(client);
  const scope = issuedFor
    ?.split(' ')
    .filter((name) => {
      const known = server.catalog.scope(name);
      const isGranted = granted === undefined || granted.includes(name);
      return isGranted && known !== undefined && mayHave(client, known);
    })
    .join(' ');
  const issued = new Set(application_bindings?.map((binding) => binding['application_id']));
  const bindings = current.application_bindings?.filter((binding) => issued.has(binding['application_id']));
  return {
    ...others,
    aud: audienceClaim(audience),
    ...(scope && { scope }),
    ...(application_id !== undefined && application_id === current.application_id && { application_id }),
    ...(bindings && bindings.length > 0 && { application_bindings: bindings }),
    ...(managed_buckets && current.managed_buckets && { managed_buckets }),
  };
}
