import type { IncomingHttpHeaders } from 'node:http';
import type { Actor } from '../clients/policy.ts';
import { hasRepeatedAuthorization } from '../kernel/repeated-authorization.ts';
import type { EndpointLimits, RequestSource } from '../kernel/request-limits.ts';
import { type AuthenticateCaller, challengeTo } from './caller.ts';
import { RestRefusalError } from './rest-refusal.ts';
import type { RestAdmission } from './rest-route.ts';

/** What of a request decides who calls: no octet of its body. */
interface Head extends RequestSource {
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
}

/** Lets a caller in by the headers of its request. @throws RestRefusalError, TooManyRequestsError */
export type AdmitCaller = (admission: RestAdmission, head: Head) => Promise<Actor>;

/** Makes the admission to the routes of every REST dialect. @see RFC 6750 §3 */
export function createRestAdmission(authenticate: AuthenticateCaller, limits: EndpointLimits): AdmitCaller {
  return async ({ scopes, administrator }, head) => {
    const attempt = limits.admit(head);
    if (hasRepeatedAuthorization(head.rawHeaders)) throw new RestRefusalError('malformed');
    const { authorization } = head.headers;
    const actor = await authenticate(authorization, attempt);
    if (!actor) throw unauthenticated(authorization);
    if (!scopes.some((scope) => actor.scopes.has(scope))) throw missingScope(scopes[0]);
    if (administrator && !actor.administrator) throw new RestRefusalError('not_administrator');
    return actor;
  };
}

function unauthenticated(authorization: string | undefined): RestRefusalError {
  return new RestRefusalError('unauthenticated', { 'www-authenticate': challengeTo(authorization) });
}

function missingScope(scope: string): RestRefusalError {
  const challenge = `Bearer error="insufficient_scope", scope="${scope}"`;
  return new RestRefusalError('insufficient_scope', { 'www-authenticate': challenge });
}
