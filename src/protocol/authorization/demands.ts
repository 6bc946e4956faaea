import { requiresSecret } from '../../clients/client.ts';
import type { EpochSeconds } from '../../kernel/clock.ts';
import { clockSkewSeconds } from '../clock-skew.ts';
import type { OAuthErrorCode } from '../errors.ts';
import { contextAs, essentialContexts, isBelowWish, wishedContexts } from './authentication-context.ts';
import type { InteractionNeed } from './authorization-outcome.ts';
import type { AuthorizationProgress, AuthorizationRequest } from './authorization-request.ts';
import { type AllowedByPerson, covers } from './consent.ts';
import { isAtHome, isNotHintedAt, namedSubjects, type Person } from './people.ts';

/** All that decides whether a person has something to do before there is a response. */
export interface Situation {
  readonly request: AuthorizationRequest;
  readonly asked: AllowedByPerson;
  readonly progress: AuthorizationProgress;
  /** Those whose sessions count for the client. */
  readonly people: readonly Person[];
  /** Who of them the request is about; null: nobody. */
  readonly person: Person | null;
  /** See `readReachableContexts`. */
  readonly reachable: readonly string[];
  /** Whether people may make accounts themselves. */
  readonly signUp: boolean;
  readonly now: EpochSeconds;
}

/** What is answered where a demand cannot be made (OpenID Connect Core §3.1.2.6). */
export type Refusal = Extract<
  OAuthErrorCode,
  'login_required' | 'account_selection_required' | 'consent_required' | 'unmet_authentication_requirements'
>;

/** Of redirect URIs; plain http is on the person's machine. */
const siteSchemes = /^https?:/;

type Condition = (situation: Situation) => boolean;

/** Something that a person may have to do, and why. */
export interface Demand {
  readonly when: Condition;
  readonly prompt: InteractionNeed['prompt'];
  /** What `prompt=none` is answered. Null: it is only a wish, and the request goes on without. */
  readonly silently: Refusal | null;
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
const mayCreate: Condition = ({ request, signUp }) => signUp && isAtHome(request);

/** The person is not whom the request names. */
export const isSomebodyElse: Condition = ({ request, person }) => {
  const subjects = namedSubjects(request);
  return person !== null && subjects !== null && !subjects.includes(person.account.id);
};

/**
 * `login_hint` is about nobody who is signed in, and nobody was chosen since. It is compared with what the people at this browser are called
 * and with nothing else, so that it makes no difference whether there is such an account. What other providers call people is not known.
 */
export const isHintedElsewhere: Condition = (situation) => {
  const { request, person } = situation;
  if (person === null || isOfPerson(situation) || namedSubjects(request) !== null) return false;
  return isAtHome(request) && isNotHintedAt(person.account, request.loginHint);
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

/** A wish is told once: whoever has signed in since has had the choice (OpenID Connect Core §5.5.1.1, of voluntary claims). */
const isWeakerThanWished: Condition = (situation) => {
  const { request, person, reachable } = situation;
  if (person === null || hasSignedIn(situation)) return false;
  return isBelowWish(person.session.acr, wishedContexts(request), reachable);
};

/** That there is a consent, its row says: this is about having been asked. */
const hasConsented: Condition = (situation) => situation.progress.consented && isOfPerson(situation);

const isCovered: Condition = ({ person, asked }) => (person?.consent ? covers(person.consent, asked) : false);

const isInternal: Condition = ({ request }) => request.client.internal;

/**
 * Whether nobody but the client gets the answer, or can do anything with it: it goes to a site, or whoever has it must prove a secret.
 * Any app of the person's device can take a scheme, and ask in the name of another (RFC 8252 §8.6, RFC 6749 §10.2). A port of the person's
 * machine counts as a site: it is where sites are developed, and they should be seen to ask as they will.
 */
const isAssured: Condition = ({ request: { client, target } }) =>
  requiresSecret(client) || siteSchemes.test(target.redirectUri);

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
    // Who is hinted at need not be who answers (OpenID Connect Core §3.1.2.1): whoever is here may say so, and is asked.
    when: isHintedElsewhere,
    prompt: 'select_account',
    silently: 'login_required',
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
    when: isWeakerThanWished,
    prompt: 'login',
    silently: null,
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
  {
    when: (situation) => !isInternal(situation) && !isAssured(situation) && !hasConsented(situation),
    prompt: 'consent',
    silently: 'consent_required',
  },
];
