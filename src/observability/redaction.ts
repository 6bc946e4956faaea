/** What replaces a secret. */
export const redacted = '[redacted]';

/**
 * What our secrets and tokens look like: client secrets, opaque access tokens, JWTs and JWEs, the credentials of an Authorization header,
 * password hashes, private keys, the user and password of a database's URL.
 */
const secretPatterns = new RegExp(
  [
    String.raw`\bcl[as]_[\w-]{8,}`,
    String.raw`\beyJ[\w-]{6,}(?:\.[\w-]*){2,4}`,
    String.raw`\b(?:Basic|Bearer|DPoP) [\w+/=.~-]{20,}`,
    String.raw`\$argon2(?:id|i|d)\$[\w$=,+/.]+`,
    String.raw`\bpostgres(?:ql)?://[^\s:@/]*:[^\s@]+@`,
    '-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*PRIVATE KEY-----)?',
  ].join('|'),
  'g',
);

/** `text` without anything that looks like a secret or a token. The last defence: nothing should log one at all. */
export function redact(text: string): string {
  return text.replace(secretPatterns, redacted);
}

/** Names whose values are never logged, at the top of an entry or one level below. */
export const secretNames: readonly string[] = [
  'authorization',
  'cookie',
  'set-cookie',
  'dpop',
  'password',
  'secret',
  'client_secret',
  'clientSecret',
  'client_assertion',
  'assertion',
  'token',
  'access_token',
  'refresh_token',
  'id_token',
  'masterKey',
  'databaseUrl',
];
