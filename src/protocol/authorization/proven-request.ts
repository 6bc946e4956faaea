import type { LiveCatalog } from '../../applications/live-catalog.ts';
import type { StoredClient } from '../../clients/store.ts';
import { checkClientKnown } from '../checks/check-client-known.ts';
import { checkRedirectUri } from '../checks/check-redirect-uri.ts';
import type { AuthorizationForm } from './authorization-form.ts';
import type { ResponseTarget } from './authorization-request.ts';
import { type ParsedParameters, parseParameters } from './parsed-parameters.ts';
import { defaultMode, isForFragment } from './response-type.ts';

declare const proven: unique symbol;

/** A request whose client is known and enabled, and whose redirect URI is the client's: from here on errors go there. */
export interface ProvenRequest {
  readonly [proven]: true;
  readonly form: AuthorizationForm;
  readonly stored: StoredClient;
  readonly catalog: Pick<LiveCatalog, 'application' | 'scope' | 'scopes'>;
  readonly target: ResponseTarget;
  /** Whether the request named the redirect URI. */
  readonly redirectUriGiven: boolean;
  readonly parameters: ParsedParameters;
}

/**
 * Proves who asks and where the answer goes; the only maker of a `ProvenRequest`.
 * @param stored the client that `client_id` names
 * @throws UnprovenRequestError
 */
export function proveRequest(
  form: AuthorizationForm,
  stored: StoredClient | undefined,
  catalog: ProvenRequest['catalog'],
): ProvenRequest {
  checkClientKnown(stored);
  checkRedirectUri(form, stored.client);
  const parameters = parseParameters(form);
  const named = form.get('redirect_uri');
  const target = {
    redirectUri: named ?? stored.client.redirectUris[0] ?? '',
    mode: modeOf(form, parameters),
    state: parameters.state ?? null,
  };
  const redirectUriGiven = named !== undefined;
  return { form, stored, catalog, target, redirectUriGiven, parameters } as ProvenRequest;
}

/** How even an error gets to the client: as asked, unless that is refused, be it for what would stand in a query. */
function modeOf(form: AuthorizationForm, { responseMode }: ParsedParameters): ResponseTarget['mode'] {
  const responseType = form.get('response_type') ?? '';
  const isRefused = responseMode === 'query' && isForFragment(responseType);
  return responseMode && !isRefused ? responseMode : defaultMode(responseType);
}
