import type { Catalog } from '../applications/catalog.ts';
import type { Client } from '../clients/client.ts';
import { OAuthError } from './errors.ts';

/** Who an access token is for: audiences of applications, or the issuer. Never empty. */
export type Audience = readonly [string, ...string[]];

/**
 * Decides the `aud` of an access token: what `resources` name, else the audiences of the bound applications, else
 * the issuer.
 * @throws OAuthError `invalid_target` (RFC 8707 §2) when a resource is none that the client may have tokens for, or an
 * application that the client is bound to no longer exists
 */
export function decideAudience(
  client: Client,
  resources: readonly string[],
  server: { readonly issuer: string; readonly catalog: Pick<Catalog, 'application'> },
): Audience {
  const { issuer, catalog } = server;
  const bound = client.applicationBindings.map(({ applicationId }) => audienceOf(applicationId, catalog));
  const [first, ...others] = resources;
  if (first === undefined) return nonEmpty(bound) ?? [issuer];

  const allowed = audiencesOf(client, server);
  for (const resource of resources) {
    if (allowed.has(resource)) continue;
    throw new OAuthError('invalid_target', 'The resource is unknown or not allowed for this client.');
  }
  return nonEmpty([...new Set([first, ...others])]) ?? [issuer];
}

/** Every audience that tokens of `client` may have now: this server, and the applications it is bound or belongs to. */
export function audiencesOf(
  client: Client,
  { issuer, catalog }: { readonly issuer: string; readonly catalog: Pick<Catalog, 'application'> },
): ReadonlySet<string> {
  const ids = [
    client.applicationId ?? '',
    ...client.applicationBindings.map(({ applicationId }) => applicationId),
  ];
  return new Set([issuer, ...ids.flatMap((id) => catalog.application(id)?.audience ?? [])]);
}

function audienceOf(applicationId: string, catalog: Pick<Catalog, 'application'>): string {
  const application = catalog.application(applicationId);
  if (application !== undefined) return application.audience;
  throw new OAuthError('invalid_target', 'The client is bound to an application that does not exist.', {
    detail: applicationId,
  });
}

/** `audiences` as an `Audience`; undefined when there is none. */
export function nonEmpty(audiences: readonly string[]): Audience | undefined {
  const [first, ...others] = audiences;
  return first === undefined ? undefined : [first, ...others];
}
