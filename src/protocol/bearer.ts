import { OAuthError } from './errors.ts';
import type { Form } from './form.ts';

/** A request whose access token is missing or does not do (RFC 6750 §3.1). */
export class BearerError extends OAuthError {
  /** The value of `WWW-Authenticate` (RFC 6750 §3). */
  readonly challenge: string;

  constructor(
    code: 'invalid_token' | 'insufficient_scope' | 'invalid_request',
    description: string,
    options: { readonly detail?: string; readonly challenge?: string } = {},
  ) {
    super(code, description, options);
    this.challenge = options.challenge ?? challengeWith(this);
  }
}

/**
 * The challenge that goes with an error where access tokens are taken: every request has one from which no token could be read, whatever
 * the reason (RFC 6750 §3). Undefined: it has nothing to do with the token.
 */
export function bearerChallengeOf(error: OAuthError): string | undefined {
  if (error instanceof BearerError) return error.challenge;
  return error.code === 'invalid_request' ? challengeWith(error) : undefined;
}

function challengeWith({ code, description }: OAuthError): string {
  return `${plainChallenge}, error="${code}", error_description="${description}"`;
}

const plainChallenge = 'Bearer realm="oauth"';

/** RFC 6750 §2.1. */
const credentials = /^Bearer +([A-Za-z0-9._~+/-]+=*) *$/i;
const bearerScheme = /^Bearer(?: |$)/i;

/**
 * The access token of a request, from the one place where it stands: the header or the body (RFC 6750 §2.1, §2.2), never the address.
 * @throws BearerError `invalid_token` when there is none, be it for another scheme in the header; `invalid_request` when there are two, or
 * what is in the header is no token
 */
export function readBearerToken(authorization: string | undefined, form: Form): string {
  const inBody = form.get('access_token');
  const isShown = authorization !== undefined && bearerScheme.test(authorization);
  if (!isShown && inBody === undefined) {
    // Who has shown nothing, or tried it in another way, is told no more than how to (§3.1).
    throw new BearerError('invalid_token', 'The request has no access token.', { challenge: plainChallenge });
  }
  if (authorization === undefined) return inBody ?? '';
  const inHeader = credentials.exec(authorization)?.[1];
  if (inHeader !== undefined && inBody === undefined) return inHeader;
  throw new BearerError(
    'invalid_request',
    inHeader === undefined
      ? 'The Authorization header holds no bearer token.'
      : 'The request has more than one access token.',
  );
}

/** A token that is not in force, for whatever reason. */
export function invalidToken(): BearerError {
  return new BearerError('invalid_token', 'The access token is not valid.');
}

/** A token that is in force, and not for this. */
export function insufficientScope(scope: string): BearerError {
  const description = `The access token does not have the scope ${scope}.`;
  const challenge = `${plainChallenge}, error="insufficient_scope", error_description="${description}", scope="${scope}"`;
  return new BearerError('insufficient_scope', description, { challenge });
}
