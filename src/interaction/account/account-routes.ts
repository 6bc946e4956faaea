import type { FastifyInstance } from 'fastify';
import type { Logger } from '../../kernel/logger.ts';
import type { EndpointLimits } from '../../kernel/request-limits.ts';
import { mountPoints } from '../../protocol/endpoints/discovery.ts';
import { acceptForms } from '../../protocol/http.ts';
import type { ProtocolListener } from '../../protocol/listener.ts';
import type { Endings } from '../../protocol/logout/endings.ts';
import { createPageErrorHandler } from '../page-error-handler.ts';
import { type LimitedAnswer, mountNothing, mountPage, type PageRoute } from '../page-routes.ts';
import type { AccountSection } from '../pages/models.ts';
import { pagePaths } from '../pages/paths.ts';
import { type AccountVisit, forPerson, type VisitDeps } from './account-visit.ts';
import { type AuthorisationDeps, createAuthorisationsPage, createRevocation } from './authorisation-pages.ts';
import { createOverview, type OverviewDeps } from './overview-page.ts';
import {
  createConfirmation,
  createSecurityChange,
  createSecurityPage,
  type SecurityDeps,
} from './security-pages.ts';
import { createSessionEnding, createSessionsPage, type SessionPageDeps } from './session-pages.ts';

/** What the pages about a person's own account are made of. */
export interface AccountPagesDeps
  extends VisitDeps,
    OverviewDeps,
    Omit<AuthorisationDeps, 'endings'>,
    Omit<SessionPageDeps, 'endings'>,
    Omit<SecurityDeps, 'endings'> {
  readonly issuer: string;
  readonly endings: Pick<
    Endings,
    'endSession' | 'endSessionsOf' | 'endElsewhere' | 'endConsent' | 'endConsents'
  >;
  /** How often each address may ask. */
  readonly limits: EndpointLimits;
  readonly logger: Logger;
  readonly listener?: Pick<ProtocolListener, 'refused'> | undefined;
}

/** Mounts the pages on which people look after their own account. Needs `preparePages`. */
export function registerAccountPages(app: FastifyInstance, deps: AccountPagesDeps): void {
  app.register(async (scope) => {
    acceptForms(scope);
    scope.setErrorHandler(createPageErrorHandler(deps));
    const routes = Object.entries(routesOf(deps));
    for (const mountPoint of mountPoints(deps.issuer)) {
      for (const [path, route] of routes) mountPage(scope, mountPoint + path, route);
      mountNothing(scope, mountPoint + pagePaths['account-overview']);
    }
  });
}

type Answer = (visit: AccountVisit) => ReturnType<LimitedAnswer['answer']>;

function routesOf(deps: AccountPagesDeps): Readonly<Record<string, PageRoute>> {
  const at = (section: AccountSection, answer: Answer): LimitedAnswer => ({
    answer: forPerson(section, answer, deps),
    limits: deps.limits,
  });
  return {
    [pagePaths['account-overview']]: { get: at('overview', createOverview(deps)) },
    [pagePaths.authorisations]: {
      get: at('authorisations', createAuthorisationsPage(deps)),
      post: at('authorisations', createRevocation(deps)),
    },
    [pagePaths.sessions]: {
      get: at('sessions', createSessionsPage(deps)),
      post: at('sessions', createSessionEnding(deps)),
    },
    [pagePaths.security]: {
      get: at('security', createSecurityPage(deps)),
      post: at('security', createSecurityChange(deps)),
    },
    [pagePaths.confirmation]: { get: at('security', createConfirmation(deps)) },
  };
}
