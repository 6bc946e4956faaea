import { OAuthError } from '../errors.ts';
import type { Form } from '../form.ts';
import type { IdTokenHint } from '../tokens/id-token-hint.ts';

/**
 * An `id_token_hint` is an ID token that this server has issued to the client (OpenID Connect Core §3.1.2.1).
 * @throws OAuthError `invalid_request`
 */
export function checkIdTokenHint(form: Form, hint: IdTokenHint | undefined): void {
  if (form.get('id_token_hint') === undefined || hint !== undefined) return;
  throw new OAuthError('invalid_request', 'The parameter id_token_hint is no ID token of the client.');
}
