import type { FastifyReply } from 'fastify';
import type { ConsentStore } from '../../protocol/authorization/consent.ts';
import type { Sessions } from '../../sessions/sessions.ts';
import { sendPage } from '../page-replies.ts';
import { pagePaths } from '../pages/paths.ts';
import { showAccount } from '../shown.ts';
import type { AccountVisit } from './account-visit.ts';

/** What the overview is made of. */
export interface OverviewDeps {
  readonly consents: Pick<ConsentStore, 'listOfAccount'>;
  readonly sessions: Pick<Sessions, 'listOfAccount'>;
}

/** Shows the overview. */
export function createOverview({ consents, sessions }: OverviewDeps) {
  return async ({ reply, account }: AccountVisit): Promise<FastifyReply> => {
    const [allowed, live] = await Promise.all([
      consents.listOfAccount(account.id),
      sessions.listOfAccount(account.id),
    ]);
    return sendPage(reply, {
      kind: 'account-overview',
      account: showAccount(account),
      authorisations: allowed.length,
      sessions: live.length,
      logoutPath: reply.request.server.pageSettings.basePath + pagePaths.logout,
    });
  };
}
