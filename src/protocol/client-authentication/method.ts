import { OAuthError } from '../errors.ts';
import type { Form } from '../form.ts';

/** What client authentication looks at. */
export interface AuthenticationRequest {
  /** The `Authorization` header. */
  readonly authorization: string | undefined;
  readonly form: Form;
}

/** Who the caller says it is. */
export interface ClaimedIdentity {
  readonly clientId: string;
  /** Null: it presents none. */
  readonly secret: string | null;
}

/** One way to authenticate. */
export interface ClientAuthenticationMethod {
  /** Whether the request uses this method, rightly or wrongly. */
  readonly isUsed: (request: AuthenticationRequest) => boolean;
  /** @throws OAuthError */
  readonly read: (request: AuthenticationRequest) => ClaimedIdentity;
}

/**
 * The one answer to every failed authentication: it does not tell whether the client exists, is enabled, may use the
 * method, or which part was wrong.
 */
export function authenticationFailed(detail: string): OAuthError {
  return new OAuthError('invalid_client', 'Client authentication failed.', { detail });
}
