/**
 * The error codes that this server answers with: RFC 6749 §5.2, RFC 8707 §2 (`invalid_target`), RFC 9449 §5
 * (`invalid_dpop_proof`), RFC 6750 §3.1 (`invalid_token`, `insufficient_scope`), RFC 6749 §4.1.2.1 (`access_denied` to `temporarily_unavailable`), OpenID Connect Core §3.1.2.6
 * (`login_required` to `registration_not_supported`), OpenID Connect Core Unmet Authentication Requirements
 * (`unmet_authentication_requirements`).
 */
export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'invalid_scope'
  | 'invalid_target'
  | 'invalid_dpop_proof'
  | 'invalid_token'
  | 'insufficient_scope'
  | 'access_denied'
  | 'unsupported_response_type'
  | 'server_error'
  | 'temporarily_unavailable'
  | 'login_required'
  | 'account_selection_required'
  | 'consent_required'
  | 'request_not_supported'
  | 'request_uri_not_supported'
  | 'registration_not_supported'
  | 'unmet_authentication_requirements';

/** The HTTP status of each code, where the answer goes to the caller and not to a redirect URI. */
export const httpStatuses: Readonly<Record<OAuthErrorCode, number>> = {
  invalid_request: 400,
  invalid_client: 401,
  invalid_grant: 400,
  unauthorized_client: 400,
  unsupported_grant_type: 400,
  invalid_scope: 400,
  invalid_target: 400,
  invalid_dpop_proof: 400,
  invalid_token: 401,
  insufficient_scope: 403,
  access_denied: 403,
  unsupported_response_type: 400,
  server_error: 500,
  temporarily_unavailable: 503,
  login_required: 400,
  account_selection_required: 400,
  consent_required: 400,
  request_not_supported: 400,
  request_uri_not_supported: 400,
  registration_not_supported: 400,
  unmet_authentication_requirements: 400,
};

/** The challenge that goes with every 401 (RFC 6749 §5.2, RFC 7617). */
export const basicChallenge = 'Basic realm="oauth", charset="UTF-8"';

/** A request that is refused with a code of the RFCs. */
export class OAuthError extends Error {
  override readonly name = 'OAuthError';
  readonly code: OAuthErrorCode;
  /** For the caller: ASCII without `"` and `\` (RFC 6749 §5.2); tells nothing that the caller may not know. */
  readonly description: string;
  /** For the log, in the place of the description; never what was sent. */
  readonly detail: string | undefined;

  constructor(
    code: OAuthErrorCode,
    description: string,
    options: { readonly detail?: string; readonly cause?: unknown } = {},
  ) {
    super(
      `${code}: ${options.detail ?? description}`,
      'cause' in options ? { cause: options.cause } : undefined,
    );
    this.code = code;
    this.description = description;
    this.detail = options.detail;
  }
}
