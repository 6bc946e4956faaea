import type { FastifyRequest } from 'fastify';
import { parseAuthorizationForm } from '../protocol/authorization/authorization-form.ts';
import type { AuthorizationEndpoint, Visitor } from '../protocol/authorization/authorization-outcome.ts';
import { parseDisplay } from '../protocol/authorization/parsed-parameters.ts';
import type { Next, Purpose } from './interaction.ts';
import { PageError } from './page-error.ts';

/** What comes next, by everything that holds at this moment. */
export type Answer = (request: FastifyRequest, purpose: Purpose, visitor: Visitor) => Promise<Next>;

/** Makes what answers a request from the beginning, each time (ADR 17). @throws PageError `answered` when somebody else took the interaction */
export function createAnswer(authorization: AuthorizationEndpoint): Answer {
  return async (request, purpose, visitor) => {
    if (purpose.kind === 'account') return answerOwn(purpose, visitor);
    const form = parseAuthorizationForm(purpose.parameters);
    request.uiLocales = form.get('ui_locales')?.split(' ') ?? null;
    request.display = parseDisplay(form);
    const outcome = await authorization.answer(form, visitor);
    if (outcome.kind === 'superseded') throw new PageError('answered');
    return outcome;
  };
}

/** Whoever is signed in gets to their account; to some parts of it, whoever has signed in for them. */
function answerOwn(
  { section, reason }: Extract<Purpose, { readonly kind: 'account' }>,
  { sessions, progress }: Visitor,
): Next {
  const [session = null] = sessions;
  const suffices = reason === 'sign-in' || progress.signedIn;
  return session !== null && suffices
    ? { kind: 'account', section }
    : { kind: 'interaction', need: { prompt: 'login', request: null, session } };
}
