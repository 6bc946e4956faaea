/** Every refusal of the HTTP layer itself, before or outside any endpoint, and when it is given. */
export const httpErrors = {
  invalid_request: {
    status: 400,
    when: 'The request is not HTTP, its address cannot be decoded, or its body is malformed.',
  },
  not_found: { status: 404, when: 'Nothing is served at this path.' },
  method_not_allowed: {
    status: 405,
    when: 'The path is served, but not with this method; `allow` names those that are.',
  },
  request_timeout: { status: 408, when: 'The request took too long to arrive.' },
  payload_too_large: { status: 413, when: 'The body is larger than this endpoint takes.' },
  uri_too_long: { status: 414, when: 'A part of the path is longer than any that is served.' },
  unsupported_media_type: { status: 415, when: 'The endpoint does not read this content type.' },
  too_many_requests: {
    status: 429,
    when: 'There are too many requests; send it again after the seconds of `retry-after`.',
  },
  header_fields_too_large: { status: 431, when: 'The header section is larger than 16 KiB.' },
  server_error: {
    status: 500,
    when: 'A fault of the server; the log tells more under the `x-request-id` of the answer.',
  },
  temporarily_unavailable: {
    status: 503,
    when: 'The server is overloaded or stopping, or what it needs is out of reach; send the request again.',
  },
} as const satisfies Readonly<Record<string, { readonly status: number; readonly when: string }>>;

/** One of `httpErrors`. */
export type HttpErrorCode = keyof typeof httpErrors;

/** The JSON body of every error of the HTTP layer. */
export interface HttpErrorBody {
  readonly error: HttpErrorCode;
  readonly error_description: string;
}

/** The body for `code`. */
export function httpErrorBody(code: HttpErrorCode): HttpErrorBody {
  return { error: code, error_description: httpErrors[code].when.replaceAll('`', '') };
}

/** The code for a status that the framework chose; anything that is not the caller's fault is `server_error`. */
export function codeForStatus(status: number): HttpErrorCode {
  for (const [code, entry] of Object.entries(httpErrors)) {
    if (entry.status === status) return code as HttpErrorCode;
  }
  return status >= 400 && status < 500 ? 'invalid_request' : 'server_error';
}
