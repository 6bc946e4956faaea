import { asksForOpenId } from '../authorization/parsed-parameters.ts';
import type { ProvenRequest } from '../authorization/proven-request.ts';
import { OAuthError } from '../errors.ts';

/**
 * ID tokens are for those who ask for `openid` (OpenID Connect Core §3.2.2.1).
 * @throws OAuthError `invalid_scope`
 */
export function checkOpenIdScope({ form, parameters }: ProvenRequest): void {
  if (!parameters.responseType?.has('id_token') || asksForOpenId(form)) return;
  throw new OAuthError('invalid_scope', 'An ID token needs the scope openid.');
}
