import type { Session } from '../../sessions/session.ts';
import type { ConsentUseRecorder } from '../consent-use.ts';
import type { AuthorizationOutcome } from './authorization-outcome.ts';
import { respond } from './authorization-response.ts';
import { type AllowedByPerson, covers } from './consent.ts';
import type { Consents } from './consents.ts';
import { createResponder, type GrantedRequest, type ResponderDeps } from './responder.ts';

/** What is left to do is parts of. */
export interface CompletionDeps extends ResponderDeps {
  readonly issuer: string;
  readonly consents: Pick<Consents, 'allow'>;
  readonly consentUse: Pick<ConsentUseRecorder, 'note'>;
}

/** A request that nothing is demanded for any more. */
export interface CompleteRequest extends Omit<GrantedRequest, 'consentId'> {
  readonly asked: AllowedByPerson;
}

/**
 * Makes the last step: the consent is there, or is made for a client of the operator, for which nobody is asked; then the response.
 * `gone`: the session, or what else the response depends on, was deleted meanwhile.
 */
export function createCompletion(deps: CompletionDeps) {
  const { issuer, consents, consentUse } = deps;
  const responder = createResponder(deps);

  const consentOf = async ({ request, asked, person }: CompleteRequest): Promise<string | 'gone'> => {
    const { account, consent } = person;
    if (consent === null || !covers(consent, asked)) {
      const made = await consents.allow({ client: request.client, accountId: account.id, asked });
      return made === 'gone' ? made : made.id;
    }
    consentUse.note(consent.id);
    return consent.id;
  };

  return async (
    complete: CompleteRequest,
  ): Promise<AuthorizationOutcome | { readonly kind: 'gone'; readonly session: Session }> => {
    const { request, stored, person } = complete;
    const consentId = await consentOf(complete);
    const parameters =
      consentId === 'gone' ? consentId : await responder.issue({ request, stored, person, consentId });
    return parameters === 'gone'
      ? { kind: 'gone', session: person.session }
      : { kind: 'response', response: respond(request.target, issuer, parameters) };
  };
}
