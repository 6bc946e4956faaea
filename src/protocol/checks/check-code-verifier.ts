import { type Client, requiresSecret } from '../../clients/client.ts';
import { equalInConstantTime, sha256 } from '../../kernel/encoding.ts';
import type { CodeChallenge } from '../authorization/authorization-request.ts';
import { OAuthError } from '../errors.ts';

/** RFC 7636 §4.1. */
const verifierSyntax = /^[\w.~-]{43,128}$/;

/**
 * A code that was asked for with a challenge needs its verifier; one that was asked for without takes none, so that nobody can pass
 * off a code as protected that was got without protection (RFC 9700 §4.8.2). A client that is held to PKCE now uses no code without.
 * @throws OAuthError `invalid_grant` (RFC 7636 §4.6)
 */
export function checkCodeVerifier(
  client: Client,
  challenge: CodeChallenge | null,
  verifier: string | undefined,
): void {
  const fault = faultOf(client, challenge, verifier);
  if (fault !== undefined) {
    throw new OAuthError('invalid_grant', 'The code_verifier does not belong to the code.', {
      detail: fault,
    });
  }
}

/** Whether requests of `client` must have a challenge: where its record says so, and where it can do without a secret (RFC 9700 §2.1.1). */
export function requiresChallenge(client: Client): boolean {
  return client.pkceRequired || !requiresSecret(client);
}

function faultOf(
  client: Client,
  challenge: CodeChallenge | null,
  verifier: string | undefined,
): string | undefined {
  if (challenge === null) {
    if (verifier !== undefined) return 'a verifier without a challenge';
    return requiresChallenge(client) ? 'the client is held to PKCE since' : undefined;
  }
  if (verifier === undefined || !verifierSyntax.test(verifier)) return 'no verifier, or a malformed one';
  const isSame = equalInConstantTime(Buffer.from(sha256(verifier)), Buffer.from(challenge.challenge));
  return isSame ? undefined : 'another verifier';
}
