import type { CurrentCatalog } from '../applications/live-catalog.ts';
import type { Clock } from '../kernel/clock.ts';
import { askedBy } from '../protocol/authorization/consent.ts';
import type { Consents } from '../protocol/authorization/consents.ts';
import { auditOfPerson } from './audit-of-person.ts';
import { consentPageOf, provesPage, provesShown } from './consent-page.ts';
import type { Visit } from './flow.ts';
import type { Need } from './interaction.ts';
import type { PageDeps } from './login-page.ts';
import { PageError } from './page-error.ts';
import { formOf, queryOf, redirect303, sendPage } from './page-replies.ts';
import type { PageAnswer } from './page-routes.ts';

/** What asking people is made of. */
export interface ConsentDeps extends PageDeps {
  readonly consents: Pick<Consents, 'allow'>;
  readonly currentCatalog: CurrentCatalog;
  readonly clock: Clock;
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
  return async (request, reply) => {
    const form = formOf(request);
    const visit = await deps.flow.open(request, reply, form.get('interaction'));
    const token = form.get('csrf');
    if (!provesPage(visit, token)) throw new PageError('forged');
    const decide = decisions.get(form.get('decision'));
    if (decide === undefined) throw new PageError('malformed');
    return decide(visit, token, deps);
  };
}

type Decide = (visit: Visit, token: string | undefined, deps: ConsentDeps) => ReturnType<PageAnswer>;

const allow: Decide = (visit, token, { flow, consents, currentCatalog, clock }) =>
  flow.show(visit, async (need) => {
    // The client has been changed since the page was shown: something else comes first.
    if (need.prompt !== 'consent') {
      return redirect303(visit.reply, flow.pageOf(need.prompt, visit.interaction.id));
    }
    const catalog = await currentCatalog();
    if (!provesShown(visit, need, { token, catalog })) throw new PageError('forged');
    const { client } = need.request;
    const { id: sessionId, accountId } = need.session;
    const audit = auditOfPerson(visit.request, clock, accountId);
    const keep = () => consents.allow({ client, accountId, asked: askedBy(need.request), audit });
    return flow.goOn(visit, { sessionId, consented: true }, keep);
  });

/** No is no, though the same was allowed meanwhile in another tab. */
const deny: Decide = (visit, _token, { flow }) => {
  const { reply, interaction } = visit;
  const goToNeed = async ({ prompt }: Need) => redirect303(reply, flow.pageOf(prompt, interaction.id));
  return flow.show(visit, goToNeed, { denied: true });
};

const decisions: ReadonlyMap<string | undefined, Decide> = new Map([
  ['allow', allow],
  ['deny', deny],
]);
