import type { OAuthError } from '../errors.ts';
import { withQuery } from '../with-query.ts';
import type { AuthorizationResponse } from './authorization-outcome.ts';
import type { ResponseMode, ResponseTarget } from './authorization-request.ts';

/** A response with what every one has: `iss` (RFC 9207 §2), and `state` where the request had one (RFC 6749 §4.1.2). */
export function respond(
  target: ResponseTarget,
  issuer: string,
  parameters: Readonly<Record<string, string>>,
): AuthorizationResponse {
  const state = target.state === null ? {} : { state: target.state };
  return { target, parameters: { ...parameters, ...state, iss: issuer } };
}

/** The response that tells the client of an error (RFC 6749 §4.1.2.1). */
export function respondWithError(
  target: ResponseTarget,
  issuer: string,
  error: OAuthError,
): AuthorizationResponse {
  const { code, description } = error;
  return { ...respond(target, issuer, { error: code, error_description: description }), error };
}

/**
 * Where the browser goes with a response in a query or a fragment; what the redirect URI says itself is kept (RFC 6749 §3.1.2).
 * A `form_post` goes to the redirect URI as it is.
 */
export function locationOf({ target, parameters }: AuthorizationResponse): string {
  return locations[target.mode](target.redirectUri, parameters);
}

const locations: Readonly<Record<ResponseMode, typeof withQuery>> = {
  query: withQuery,
  fragment: (uri, parameters) => `${uri}#${new URLSearchParams(parameters)}`,
  form_post: (uri) => uri,
};
