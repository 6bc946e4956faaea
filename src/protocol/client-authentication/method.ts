import type { Attempt } from '../../kernel/request-limits.ts';
import { OAuthError } from '../errors.ts';
import type { Form } from '../form.ts';
import type { Assertion, MacAlg, PublicKeyAlg } from './assertion.ts';

/** What client authentication looks at. */
export interface AuthenticationRequest {
  /** The `Authorization` header. */
  readonly authorization: string | undefined;
  readonly form: Form;
  /** Hears who the caller says it is, and that it is. That it is not is told by whoever answers `invalid_client`. */
  readonly attempt: Pick<Attempt, 'claim' | 'succeed'>;
}

/** Who the caller says it is, and what it presents for it: another thing for each method, and never two of them. */
export type Credentials = { readonly clientId: string } & (
  | { readonly method: 'none' }
  | { readonly method: 'client_secret_basic' | 'client_secret_post'; readonly secret: string }
  | { readonly method: 'client_secret_jwt'; readonly assertion: Assertion<MacAlg> }
  | { readonly method: 'private_key_jwt'; readonly assertion: Assertion<PublicKeyAlg> }
);

/** One place of a request where credentials can stand. */
export interface CredentialsReader {
  /** Whether something stands there, rightly or wrongly. */
  readonly isUsed: (request: AuthenticationRequest) => boolean;
  /** @throws OAuthError */
  readonly read: (request: AuthenticationRequest) => Credentials;
}

/**
 * The one answer to every failed authentication: it does not tell whether the client exists, is enabled, may use the
 * method, or which part was wrong.
 */
export function authenticationFailed(detail: string): OAuthError {
  return new OAuthError('invalid_client', 'Client authentication failed.', { detail });
}
