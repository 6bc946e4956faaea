import { endpointPaths } from '../protocol/vocabulary.ts';
import type { Cookies } from '../sessions/cookies.ts';
import { fitsAddress } from './address-limit.ts';
import type { Flow } from './flow.ts';
import { queryTextOf, redirect303 } from './page-replies.ts';
import type { PageAnswer } from './page-routes.ts';

/** What the authorization endpoint's routes are made of. */
export interface AuthorizationRouteDeps {
  readonly flow: Flow;
  readonly cookies: Pick<Cookies, 'read'>;
  /** See `PageSettings`. */
  readonly basePath: string;
}

/** `GET /oauth/authorize`. */
export function createAuthorizationGet({ flow }: AuthorizationRouteDeps): PageAnswer {
  return (request, reply) =>
    flow.begin(request, reply, { kind: 'request', parameters: queryTextOf(request) });
}

/**
 * `POST /oauth/authorize`, which a page of the client sends as a rule: browsers leave our cookies out of what other sites post
 * (SameSite). So what comes without any is asked for once more with a GET, where they do not.
 */
export function createAuthorizationPost({ flow, cookies, basePath }: AuthorizationRouteDeps): PageAnswer {
  return async (request, reply) => {
    const parameters = (request.body as string | null | undefined) ?? '';
    const { cookie } = request.headers;
    const isKnown = (['session', 'browser'] as const).some(
      (kind) => cookies.read(cookie, kind) !== undefined,
    );
    if (isKnown || !fitsAddress(parameters)) {
      return flow.begin(request, reply, { kind: 'request', parameters });
    }
    return redirect303(reply, `${basePath}${endpointPaths.authorization}?${parameters}`);
  };
}
