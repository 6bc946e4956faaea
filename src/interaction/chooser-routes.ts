import { handleOf } from '../sessions/session.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Need } from './interaction.ts';
import { clientOf, formSecretsOf, type PageDeps } from './login-page.ts';
import { PageError } from './page-error.ts';
import { queryOf, redirect303, sendPage } from './page-replies.ts';
import type { PageAnswer } from './page-routes.ts';
import type { AccountChooserPage } from './pages/models.ts';
import { showAccount } from './shown.ts';

/** What choosing among accounts is made of. */
export interface ChooserDeps extends PageDeps {
  readonly sessions: Pick<Sessions, 'putFirst'>;
}

/** The account chooser of an interaction. */
export function createChooserPage(deps: ChooserDeps): PageAnswer {
  const { flow, logoUriOf } = deps;
  return async (request, reply) => {
    const visit = await flow.open(request, reply, queryOf(request).get('interaction'));
    return flow.show(visit, async (need) => {
      if (need.prompt !== 'select_account') {
        return redirect303(reply, flow.pageOf(need.prompt, visit.interaction.id));
      }
      return sendPage(reply, {
        kind: 'account-chooser',
        form: formSecretsOf(visit, need),
        client: clientOf(need, logoUriOf),
        accounts: await choicesOf(need, deps),
      });
    });
  };
}

/** A choice: the handle of a session of this browser, or nothing for another account. */
export function createChoice(deps: ChooserDeps): PageAnswer {
  const { flow, sessions } = deps;
  return async (request, reply) => {
    const { visit, form } = await flow.submit(request, reply);
    const handle = form.get('session');
    if (handle === undefined) return redirect303(reply, flow.pageOf('login', visit.interaction.id));
    const chosen = visit.browser.sessions.find(({ id }) => handleOf(id) === handle);
    if (chosen === undefined) throw new PageError('expired');
    reply.header('set-cookie', sessions.putFirst(request.headers.cookie, chosen.id));
    return flow.goOn(visit, { sessionId: chosen.id });
  };
}

async function choicesOf(
  { sessions }: Extract<Need, { readonly prompt: 'select_account' }>,
  { accounts }: Pick<PageDeps, 'accounts'>,
): Promise<AccountChooserPage['accounts']> {
  const choices = await Promise.all(
    sessions.map(async ({ id, accountId }) => ({ id, account: await accounts.load(accountId) })),
  );
  return choices.flatMap(({ id, account }) =>
    account === undefined ? [] : [{ ...showAccount(account), handle: handleOf(id) }],
  );
}
