import type { ProvenRequest } from '../authorization/proven-request.ts';
import { OAuthError, type OAuthErrorCode } from '../errors.ts';

/** What would change the meaning of a request if it were understood. */
const unsupported: Readonly<Record<string, OAuthErrorCode>> = {
  request: 'request_not_supported',
  request_uri: 'request_uri_not_supported',
  registration: 'registration_not_supported',
};

/**
 * Parameters come in no other way than by themselves.
 * @throws OAuthError `request_not_supported`, `request_uri_not_supported`, `registration_not_supported` (OpenID Connect Core §3.1.2.6)
 */
export function checkRequestObject({ form }: ProvenRequest): void {
  for (const [name, code] of Object.entries(unsupported)) {
    if (form.get(name) !== undefined) throw new OAuthError(code, `The parameter ${name} is not supported.`);
  }
}
