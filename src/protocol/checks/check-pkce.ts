import type { ProvenRequest } from '../authorization/proven-request.ts';
import { OAuthError } from '../errors.ts';
import { requiresChallenge } from './check-code-verifier.ts';

/**
 * A challenge is one of S256, and there is one wherever a client that proves no secret, or whose record says so, asks for a code
 * (RFC 7636 §4.4.1, RFC 9700 §2.1.1).
 * @throws OAuthError `invalid_request`
 */
export function checkPkce({ form, stored, parameters }: ProvenRequest): void {
  const { codeChallenge, responseType } = parameters;
  if (codeChallenge === undefined) throw new OAuthError('invalid_request', describeFault(form));
  if (codeChallenge === null && requiresChallenge(stored.client) && responseType?.has('code')) {
    throw new OAuthError(
      'invalid_request',
      'The parameter code_challenge is missing: the client needs PKCE.',
    );
  }
}

function describeFault(form: ProvenRequest['form']): string {
  if (form.get('code_challenge') === undefined) return 'The parameter code_challenge is missing.';
  return form.get('code_challenge_method') === 'S256'
    ? 'The parameter code_challenge is malformed.'
    : 'The parameter code_challenge_method must be S256.';
}
