import { checkClaims } from '../checks/check-claims.ts';
import { checkEssentialAcr } from '../checks/check-essential-acr.ts';
import { checkFrontChannelToken } from '../checks/check-front-channel-token.ts';
import { checkHints } from '../checks/check-hints.ts';
import { checkMaxAge } from '../checks/check-max-age.ts';
import { checkNonce } from '../checks/check-nonce.ts';
import { checkOpenIdScope } from '../checks/check-openid-scope.ts';
import { checkParRequired } from '../checks/check-par-required.ts';
import { checkParametersReadable } from '../checks/check-parameters-readable.ts';
import { checkPkce } from '../checks/check-pkce.ts';
import { checkPrompt } from '../checks/check-prompt.ts';
import { checkRequestObject } from '../checks/check-request-object.ts';
import { checkResponseMode } from '../checks/check-response-mode.ts';
import { checkResponseType } from '../checks/check-response-type.ts';
import { checkSettingsEnforced } from '../checks/check-settings-enforced.ts';
import { checkState } from '../checks/check-state.ts';
import type { ProvenRequest } from './proven-request.ts';

/** An endpoint that takes requests for authorization: a column of the table. */
export type RequestEndpoint = 'authorization';

/** Throws an OAuthError where the request is not as it must be, and does nothing else. */
type Check = (request: ProvenRequest) => void;

const authorization = 'authorization';

/** Every check that needs no person, in the order in which they are made, and the endpoints that make it. */
const steps: readonly (readonly [Check, ...RequestEndpoint[]])[] = [
  [checkParametersReadable, authorization],
  [checkRequestObject, authorization],
  [checkParRequired, authorization],
  [({ stored }) => checkSettingsEnforced(stored.client), authorization],
  [checkResponseType, authorization],
  [checkResponseMode, authorization],
  [checkFrontChannelToken, authorization],
  [checkOpenIdScope, authorization],
  [checkState, authorization],
  [checkNonce, authorization],
  [checkPkce, authorization],
  [checkPrompt, authorization],
  [checkMaxAge, authorization],
  [checkHints, authorization],
  [checkClaims, authorization],
  [checkEssentialAcr, authorization],
];

declare const checked: unique symbol;

/** A request that has passed every check of its endpoint: what its parameters say is as it must be. */
export type CheckedRequest = ProvenRequest & { readonly [checked]: true };

/** Makes the checks of one endpoint; the only maker of a `CheckedRequest`. */
export function createSteps(endpoint: RequestEndpoint): (request: ProvenRequest) => CheckedRequest {
  const checks = steps.flatMap(([check, ...endpoints]) => (endpoints.includes(endpoint) ? [check] : []));
  return (request) => {
    for (const check of checks) check(request);
    return request as CheckedRequest;
  };
}
