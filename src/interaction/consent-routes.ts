import type { CurrentCatalog } from '../applications/live-catalog.ts';
import { askedBy } from '../protocol/authorization/consent.ts';
import type { Consents } from '../protocol/authorization/consents.ts';
import { type ConsentNeed, consentPageOf, consentSubject } from './consent-page.ts';
import type { Visit } from './flow.ts';
import type { PageDeps } from './login-page.ts';
import { PageError } from './page-error.ts';
import { formOf, queryOf, redirect303, sendPage } from './page-replies.ts';
import type { PageAnswer } from './page-routes.ts';

/** What asking people is made of. */
export interface ConsentDeps extends PageDeps {
  readonly consents: Pick<Consents, 'allow'>;
  readonly currentCatalog: CurrentCatalog;
}

/** `GET /consent` of an interaction. */
export function createConsentPage(deps: ConsentDeps): PageAnswer {
  const { flow, accounts, currentCatalog } = deps;
  return async (request, reply) => {
    const visit = await flow.open(request, reply, queryOf(request).get('interaction'));
    return flow.show(visit, async (need) => {
      if (need.prompt !== 'consent')
        return redirect303(reply, flow.pageOf(need.prompt, visit.interaction.id));
      const [account, catalog] = await Promise.all([accounts.load(need.session.accountId), currentCatalog()]);
      if (account === undefined) throw new PageError('account');
      return sendPage(reply, consentPageOf(visit, need, { account, catalog }, deps));
    });
  };
}

/** `POST /consent`: `allow` or `deny`. */
export function createConsentDecision(deps: ConsentDeps): PageAnswer {
  const { flow } = deps;
  return async (request, reply) => {
    const form = formOf(request);
    const visit = await flow.open(request, reply, form.get('interaction'));
    return flow.show(visit, async (need) => {
      // The client has been changed since the page was shown: something else comes first.
      if (need.prompt !== 'consent')
        return redirect303(reply, flow.pageOf(need.prompt, visit.interaction.id));
      if (!visit.browser.proves(consentSubject(visit, need), form.get('csrf'))) throw new PageError('forged');
      const decide = decisions.get(form.get('decision'));
      if (decide === undefined) throw new PageError('malformed');
      return decide(visit, need, deps);
    });
  };
}

type Decide = (visit: Visit, need: ConsentNeed, deps: ConsentDeps) => ReturnType<PageAnswer>;

const allow: Decide = (visit, { request, session }, { flow, consents }) => {
  const { client } = request;
  const keep = () => consents.allow({ client, accountId: session.accountId, asked: askedBy(request) });
  return flow.goOn(visit, { sessionId: session.id, consented: true }, keep);
};

const decisions: ReadonlyMap<string | undefined, Decide> = new Map<string, Decide>([
  ['allow', allow],
  ['deny', (visit, _need, { flow }) => flow.goOn(visit, { denied: true })],
]);
