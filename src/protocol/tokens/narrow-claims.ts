import type { Catalog } from '../../applications/catalog.ts';
import type { Client } from '../../clients/client.ts';
import { audiencesOf, nonEmpty } from '../audience.ts';
import { mayHave } from '../scopes.ts';
import type { AccessTokenClaims } from './access-token-claims.ts';

/**
 * What a token is still worth: the audiences and scopes that its client may have now, of those that it was issued for.
 * Undefined when no audience is left.
 */
export function narrowClaims(
  claims: AccessTokenClaims,
  client: Client,
  server: { readonly issuer: string; readonly catalog: Pick<Catalog, 'application' | 'scope'> },
): AccessTokenClaims | undefined {
  const allowed = audiencesOf(client, server);
  const audience = nonEmpty([claims.aud].flat().filter((entry) => allowed.has(entry)));
  if (audience === undefined) return undefined;
  const { scope: granted, ...others } = claims;
  const scope = granted
    ?.split(' ')
    .filter((name) => {
      const known = server.catalog.scope(name);
      return known !== undefined && mayHave(client, known);
    })
    .join(' ');
  return { ...others, aud: audience.length === 1 ? audience[0] : audience, ...(scope && { scope }) };
}
