import type { ProvenRequest } from '../authorization/proven-request.ts';

/**
 * Every parameter stands there once and is encoded as it must be (RFC 6749 §3.1).
 * @throws OAuthError `invalid_request`
 */
export function checkParametersReadable({ form }: ProvenRequest): void {
  if (form.fault !== undefined) throw form.fault;
}
