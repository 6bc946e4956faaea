import type { ProvenRequest } from '../authorization/proven-request.ts';
import { grantTypeOf } from '../authorization/response-type.ts';
import { OAuthError } from '../errors.ts';
import { checkGrantType } from './check-grant-type.ts';

/**
 * The response type exists, and the client may use every grant that it takes; `none` takes any of them.
 * @throws OAuthError `invalid_request`, `unsupported_response_type`, `unauthorized_client` (RFC 6749 §4.1.2.1)
 */
export function checkResponseType({ form, stored, parameters }: ProvenRequest): void {
  const { client } = stored;
  const { responseType } = parameters;
  if (form.get('response_type') === undefined) {
    throw new OAuthError('invalid_request', 'The parameter response_type is missing.');
  }
  if (responseType === undefined) {
    throw new OAuthError('unsupported_response_type', 'The response type is not supported.');
  }
  for (const part of responseType) checkGrantType(client, grantTypeOf[part]);
  const maySignIn = Object.values(grantTypeOf).some((grantType) => client.grantTypes.includes(grantType));
  if (!maySignIn) throw new OAuthError('unauthorized_client', 'The client is not allowed to sign people in.');
}
