import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Account, AccountStore } from '../../accounts/account.ts';
import type { AuditOf } from '../../kernel/audit.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Form } from '../../protocol/form.ts';
import type { Session } from '../../sessions/session.ts';
import { auditOfPerson } from '../audit-of-person.ts';
import type { Browser, Browsers } from '../browser.ts';
import { PageError } from '../page-error.ts';
import { formOf, queryOf, redirect303 } from '../page-replies.ts';
import type { PageAnswer } from '../page-routes.ts';
import type { AccountSection, FormSecrets } from '../pages/models.ts';
import { sectionPaths } from '../pages/paths.ts';
import type { AskForProof } from './ports.ts';

/** A person at a page about their own account. */
export interface AccountVisit {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly browser: Browser;
  /** The session that was used last. */
  readonly session: Session;
  readonly account: Account;
  readonly section: AccountSection;
  /** Of what the person does. */
  readonly audit: AuditOf;
}

/** What knowing the person takes. */
export interface VisitDeps {
  readonly browsers: Pick<Browsers, 'open'>;
  readonly accounts: Pick<AccountStore, 'load'>;
  readonly askForProof: AskForProof;
  readonly clock: Clock;
}

/**
 * Answers a person who is signed in; everybody else is asked to sign in, and comes back.
 * @throws PageError `account` when it may not be used any more
 */
export function forPerson(
  section: AccountSection,
  answer: (visit: AccountVisit) => Promise<FastifyReply>,
  { browsers, accounts, askForProof, clock }: VisitDeps,
): PageAnswer {
  return async (request, reply) => {
    const browser = await browsers.open(request, reply);
    const session = browser.sessions[0];
    if (session === undefined) return askForProof(request, reply, { reason: 'sign-in', section });
    const account = await accounts.load(session.accountId);
    if (account === undefined || account.disabled) throw new PageError('account');
    const audit = auditOfPerson(request, clock, account.id);
    return answer({ request, reply, browser, session, account, section, audit });
  };
}

/** The form of a page that this person was shown at this browser. @throws PageError `forged` when it is another's */
export function provenForm(visit: AccountVisit): Form {
  const form = formOf(visit.request);
  if (!visit.browser.proves(subjectOf(visit), form.get('csrf'))) throw new PageError('forged');
  return form;
}

/** What stands in every form of the page. */
export function formSecretsOf(visit: AccountVisit): FormSecrets {
  return { interaction: null, csrf: visit.browser.csrf(subjectOf(visit)) };
}

function subjectOf({ section, session }: AccountVisit): string {
  return `${sectionPaths[section]} ${session.id}`;
}

/**
 * Shows the page anew, saying what has been done. What is said is bound to the browser, so that no link can make the page claim
 * what has not happened.
 */
export function redirectDone(visit: AccountVisit, done: string | null): FastifyReply {
  const { reply, browser, section, request } = visit;
  const path = request.server.pageSettings.basePath + sectionPaths[section];
  if (done === null) return redirect303(reply, path);
  return redirect303(
    reply,
    `${path}?${new URLSearchParams({ done, proof: browser.csrf(doneSubject(visit, done)) })}`,
  );
}

/** What has been done according to the address; null: nothing, or the address was made by somebody else. */
export function doneIn<Done extends string>(visit: AccountVisit, known: readonly Done[]): Done | null {
  const query = queryOf(visit.request);
  const done = known.find((candidate) => candidate === query.get('done'));
  if (done === undefined) return null;
  return visit.browser.proves(doneSubject(visit, done), query.get('proof')) ? done : null;
}

function doneSubject(visit: AccountVisit, done: string): string {
  return `${subjectOf(visit)} done ${done}`;
}
