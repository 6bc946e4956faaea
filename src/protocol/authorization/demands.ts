import { builtInIdentityProvider } from '../../identity-providers/identity-provider.ts';
import type { EpochSeconds } from '../../kernel/clock.ts';
import { clockSkewSeconds } from '../clock-skew.ts';
import type { OAuthErrorCode } from '../errors.ts';
import { contextAs, essentialContexts } from './authentication-context.ts';
import type { InteractionNeed } from './authorization-outcome.ts';
import type { AuthorizationProgress, AuthorizationRequest } from './authorization-request.ts';
import { type AllowedByPerson, covers } from './consent.ts';
import { namedSubjects, type Person, providerIdOf } from './people.ts';

/** All that decides whether a person has something to do before there is a response. */
export interface Situation {
  readonly request: AuthorizationRequest;
  readonly asked: AllowedByPerson;
  readonly progress: AuthorizationProgress;
  /** Those whose sessions count for the client. */
  readonly people: readonly Person[];
  /** Who of them the request is about; null: nobody. */
  readonly person: Person | null;
  /** Whether people may make accounts themselves. */
  readonly signUp: boolean;
  readonly now: EpochSeconds;
}

/** What is answered where a demand cannot be made (OpenID Connect Core §3.1.2.6). */
export type Refusal = Extract<
  OAuthErrorCode,
  'login_required' | 'account_selection_required' | 'consent_required' | 'unmet_authentication_requirements'
>;

type Condition = (situation: Situation) => boolean;

/** Something that a person may have to do, and why. */
export interface Demand {
  readonly when: Condition;
  readonly prompt: InteractionNeed['prompt'];
  /** What `prompt=none` is answered. */
  readonly silently: Refusal;
  /** When it would be in vain to ask again, and what is answered then. Absent: never. */
  readonly inVain?: { readonly when: Condition; readonly code: Refusal };
}

const isAsked =
  (prompt: 'login' | 'consent' | 'select_account' | 'create'): Condition =>
  ({ request }) =>
    request.prompts.has(prompt);

/** The chosen person is the one of whom `progress` tells: what it says counts for nobody else. */
const isOfPerson: Condition = ({ progress, person }) =>
  person !== null && person.session.id === progress.sessionId;

const hasSignedIn: Condition = (situation) => situation.progress.signedIn && isOfPerson(situation);

/** Accounts are made at the built-in provider alone. */
const mayCreate: Condition = ({ request, signUp }) =>
  signUp && providerIdOf(request.client) === builtInIdentityProvider.id;

/** The person is not whom the request names. */
export const isSomebodyElse: Condition = ({ request, person }) => {
  const subjects = namedSubjects(request);
  return person !== null && subjects !== null && !subjects.includes(person.account.id);
};

/** The sign-in for this request has not made the session newer: its identity provider did not ask the person. */
const isNotRenewed: Condition = (situation) =>
  hasSignedIn(situation) && (situation.person?.session.authTime ?? 0) < situation.progress.begunAt;

/** The same by every clock that the provider may have. */
const isSurelyNotRenewed: Condition = (situation) =>
  hasSignedIn(situation) &&
  (situation.person?.session.authTime ?? 0) < situation.progress.begunAt - clockSkewSeconds;

/** `max_age=0` is `prompt=login` in other words (OpenID Connect Core §3.1.2.1). */
const isTooOld: Condition = (situation) => {
  const { request, person, now } = situation;
  if (person === null || request.maxAge === null) return false;
  if (request.maxAge === 0) return !hasSignedIn(situation) || isSurelyNotRenewed(situation);
  return now - person.session.authTime > request.maxAge;
};

const isTooWeak: Condition = ({ request, person }) =>
  person !== null && contextAs(person.session.acr, essentialContexts(request.claims)) === undefined;

/** That there is a consent, its row says: this is about having been asked. */
const hasConsented: Condition = (situation) => situation.progress.consented && isOfPerson(situation);

const isCovered: Condition = ({ person, asked }) => (person?.consent ? covers(person.consent, asked) : false);

const isInternal: Condition = ({ request }) => request.client.internal;

/** What may be demanded of a person, the first that applies first. */
export const demands: readonly Demand[] = [
  {
    when: (situation) =>
      isAsked('select_account')(situation) && situation.people.length > 0 && !isOfPerson(situation),
    prompt: 'select_account',
    silently: 'account_selection_required',
  },
  {
    when: (situation) => isAsked('create')(situation) && mayCreate(situation) && !hasSignedIn(situation),
    prompt: 'create',
    silently: 'login_required',
  },
  {
    when: (situation) =>
      (isAsked('login')(situation) || isAsked('create')(situation)) &&
      (!hasSignedIn(situation) || isSurelyNotRenewed(situation)),
    prompt: 'login',
    silently: 'login_required',
    inVain: { when: isSurelyNotRenewed, code: 'login_required' },
  },
  {
    when: ({ person }) => person === null,
    prompt: 'login',
    silently: 'login_required',
  },
  {
    when: isSomebodyElse,
    prompt: 'login',
    silently: 'login_required',
    inVain: { when: hasSignedIn, code: 'login_required' },
  },
  {
    when: isTooOld,
    prompt: 'login',
    silently: 'login_required',
    inVain: { when: isNotRenewed, code: 'login_required' },
  },
  {
    when: isTooWeak,
    prompt: 'login',
    silently: 'login_required',
    inVain: { when: hasSignedIn, code: 'unmet_authentication_requirements' },
  },
  {
    when: (situation) => isAsked('consent')(situation) && !isInternal(situation) && !hasConsented(situation),
    prompt: 'consent',
    silently: 'consent_required',
  },
  {
    when: (situation) => !isInternal(situation) && !isCovered(situation),
    prompt: 'consent',
    silently: 'consent_required',
  },
];
