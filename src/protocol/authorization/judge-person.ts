import { administratorScopes } from '../../applications/scope.ts';
import { OAuthError } from '../errors.ts';
import type { InteractionNeed } from './authorization-outcome.ts';
import {
  type Demand,
  demands,
  isHintedElsewhere,
  isSomebodyElse,
  type Refusal,
  type Situation,
} from './demands.ts';
import type { Person } from './people.ts';

/** Who the response is about, or what has to be done before there is one. */
export type Verdict =
  | { readonly kind: 'person'; readonly person: Person }
  | { readonly kind: 'need'; readonly need: InteractionNeed };

/**
 * Judges who is at the browser, and what they have done for the request.
 * @throws OAuthError what `prompt=none` is answered where something would have to be done; `access_denied`; that asking again is in vain
 */
export function judgePerson(situation: Situation): Verdict {
  if (situation.progress.denied) {
    throw new OAuthError('access_denied', 'The person has not allowed what the client asks for.');
  }
  const demand = demands.find((one) => isMade(one, situation));
  if (demand === undefined || demand.prompt === 'consent') checkMayAllow(situation);
  if (demand !== undefined) return { kind: 'need', need: insist(demand, situation) };
  const { person } = situation;
  if (person === null) throw new Error('no demand was made of nobody');
  return { kind: 'person', person };
}

/** Nobody gives a client more than they have (RFC 6749 §3.3: the resource owner's policy). */
function checkMayAllow({ request, person }: Situation): void {
  if (person?.account.administrator === true) return;
  if (!request.scopes.some((name) => administratorScopes.has(name))) return;
  throw new OAuthError('access_denied', "What the client asks for is an administrator's to allow.");
}

function isMade({ when, silently }: Demand, situation: Situation): boolean {
  return !(silently === null && isSilent(situation)) && when(situation);
}

function isSilent({ request }: Situation): boolean {
  return request.prompts.has('none');
}

function insist({ prompt, silently, inVain }: Demand, situation: Situation): InteractionNeed {
  if (silently !== null && isSilent(situation)) throw new OAuthError(silently, descriptions[silently]);
  if (inVain?.when(situation)) throw new OAuthError(inVain.code, descriptions[inVain.code]);
  return needs[prompt](situation);
}

const descriptions: Readonly<Record<Refusal, string>> = {
  login_required: 'Nobody is signed in as the request wants it.',
  account_selection_required: 'The person has to choose an account.',
  consent_required: 'The person has not allowed what the client asks for.',
  unmet_authentication_requirements: 'The person has not signed in in a way that the request insists on.',
};

/** What is needed, with all that the page shows. */
const needs: Readonly<Record<InteractionNeed['prompt'], (situation: Situation) => InteractionNeed>> = {
  login: (situation) => ({ prompt: 'login', request: situation.request, session: sessionOf(situation) }),
  create: (situation) => ({ prompt: 'create', request: situation.request, session: sessionOf(situation) }),
  select_account: ({ request, people }) => ({
    prompt: 'select_account',
    request,
    sessions: people.map(({ session }) => session),
  }),
  consent: ({ request, person }) => {
    if (person === null) throw new Error('nobody was asked to allow something');
    return { prompt: 'consent', request, session: person.session, consent: person.consent };
  },
};

/** The session that does not suffice, unless it is the wrong person's, or somebody else is expected. */
function sessionOf(situation: Situation): Person['session'] | null {
  const isOthers = isSomebodyElse(situation) || isHintedElsewhere(situation);
  return isOthers ? null : (situation.person?.session ?? null);
}
