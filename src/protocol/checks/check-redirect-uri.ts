import type { Client } from '../../clients/client.ts';
import { asksForOpenId } from '../authorization/parsed-parameters.ts';
import { isRegistered } from '../authorization/redirect-uri.ts';
import { UnprovenRequestError } from '../authorization/unproven-request.ts';
import type { Form } from '../form.ts';

/**
 * A browser goes to a registered URI alone (RFC 9700 §4.1.3). A request of OpenID Connect must name it (OpenID Connect Core §3.1.2.1); any
 * other that names none gets the first.
 * @throws UnprovenRequestError `Invalid redirect_uri`
 */
export function checkRedirectUri(form: Form, { redirectUris }: Client): void {
  const fault = faultOf(form, redirectUris);
  if (fault !== undefined) throw new UnprovenRequestError('Invalid redirect_uri', fault);
}

function faultOf(form: Form, registered: readonly string[]): string | undefined {
  const uri = form.get('redirect_uri');
  if (uri !== undefined) {
    return isRegistered(uri, registered)
      ? undefined
      : 'The parameter redirect_uri is not registered for the client.';
  }
  if (asksForOpenId(form)) return 'The parameter redirect_uri is missing.';
  return registered.length > 0 ? undefined : 'No redirect URI is registered for the client.';
}
