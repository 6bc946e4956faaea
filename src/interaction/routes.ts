import type { FastifyInstance, FastifyReply } from 'fastify';
import type { AccountStore } from '../accounts/account.ts';
import type { FederatedAccounts } from '../accounts/federated-accounts.ts';
import type { Passkeys } from '../accounts/passkeys.ts';
import type { SignIn } from '../accounts/sign-in.ts';
import type { SignUp } from '../accounts/sign-up.ts';
import type { CurrentCatalog } from '../applications/live-catalog.ts';
import type { IdentityProviders } from '../identity-providers/identity-providers.ts';
import type { Upstream } from '../identity-providers/upstream.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import type { EndpointLimits } from '../kernel/request-limits.ts';
import type { AuthorizationEndpoint } from '../protocol/authorization/authorization-outcome.ts';
import type { Consents } from '../protocol/authorization/consents.ts';
import { issuerPath, mountPoints } from '../protocol/endpoints/discovery.ts';
import type { OAuthErrorCode } from '../protocol/errors.ts';
import { acceptForms } from '../protocol/http.ts';
import type { ProtocolListener } from '../protocol/listener.ts';
import { createErrorNotes } from '../protocol/note-error.ts';
import { endpointPaths } from '../protocol/vocabulary.ts';
import type { Cookies } from '../sessions/cookies.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { AskForProof } from './account/ports.ts';
import { createAuthorizationGet, createAuthorizationPost } from './authorization-routes.ts';
import type { Browsers } from './browser.ts';
import { createChoice, createChooserPage } from './chooser-routes.ts';
import { createConsentDecision, createConsentPage } from './consent-routes.ts';
import { createFlow, type Flow, type FlowDeps } from './flow.ts';
import type { InteractionStore } from './interaction-store.ts';
import { createInteractions } from './interactions.ts';
import { isOwn, providerCallbackPath, providerStartPath } from './login-page.ts';
import { createLogin, createLoginPage, createSecondFactor, createSecondFactorPage } from './login-routes.ts';
import { createPageErrorHandler } from './page-error-handler.ts';
import { acceptFormTexts } from './page-replies.ts';
import { mountNothing, mountPage, type PageRoute } from './page-routes.ts';
import { pagePaths } from './pages/paths.ts';
import { createProviderCallback, createProviderStart } from './provider-routes.ts';
import type { LogoUriOf } from './shown.ts';
import type { SignInListener } from './sign-in-listener.ts';
import { createSignUpPage, createSignUpSubmission, type SignUpDeps } from './sign-up-routes.ts';

/** What the way from a request to its answer is made of. */
export interface InteractionDeps {
  /** Without a trailing slash. */
  readonly issuer: string;
  readonly authorization: AuthorizationEndpoint;
  readonly sessions: Pick<Sessions, 'read' | 'signIn' | 'putFirst' | 'flush'>;
  readonly browsers: Browsers;
  readonly cookies: Cookies;
  readonly interactions: InteractionStore;
  readonly accounts: Pick<AccountStore, 'load'>;
  readonly identityProviders: Pick<IdentityProviders, 'current'>;
  readonly signIn: SignIn;
  readonly passkeys: Pick<Passkeys, 'authenticationOptions' | 'authenticate'>;
  /** Null: people make no accounts themselves. */
  readonly signUp: SignUp['signUp'] | null;
  readonly upstream: Upstream;
  readonly federatedAccounts: Pick<FederatedAccounts, 'accountOf'>;
  readonly consents: Pick<Consents, 'allow'>;
  readonly currentCatalog: CurrentCatalog;
  readonly logoUriOf: LogoUriOf;
  /** How often each address may ask, how much it may leave waiting, and how often it may fail to sign in. */
  readonly limits: Readonly<Record<'authorization' | 'interactions' | 'login', EndpointLimits>>;
  readonly signIns: SignInListener;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly listener?: Pick<ProtocolListener, 'refused'> | undefined;
  /** Hears of an error that an answer tells of, though its status does not. Default: nobody does. */
  readonly noteOutcome?: (response: FastifyReply['raw'], note: { readonly code: OAuthErrorCode }) => void;
}

/** What other pages need of the way to a sign-in. */
export interface WayToSignIn {
  readonly askForProof: AskForProof;
}

/**
 * Mounts the authorization endpoint and the pages that lead to its answer; `preparePages` comes before. Closing `app` writes what is
 * still to be written: the store must outlive it.
 */
export function registerInteraction(app: FastifyInstance, deps: InteractionDeps): WayToSignIn {
  const flow = openFlow(deps);
  const answerError = createPageErrorHandler(deps);
  app.addHook('onClose', () => deps.sessions.flush());
  app.register(async (scope) => {
    acceptFormTexts(scope);
    scope.setErrorHandler(answerError);
    mountAll(scope, deps.issuer, authorizationRoutes(flow, deps));
  });
  app.register(async (scope) => {
    acceptForms(scope);
    scope.setErrorHandler(answerError);
    mountAll(scope, deps.issuer, pageRoutes(flow, deps));
    for (const mountPoint of mountPoints(deps.issuer)) {
      for (const path of [pagePaths.login, pagePaths.consent]) mountNothing(scope, mountPoint + path);
    }
  });
  return {
    askForProof: (request, reply, wanted) => flow.begin(request, reply, { kind: 'account', ...wanted }),
  };
}

function openFlow(deps: InteractionDeps): Flow {
  const { identityProviders, passkeys, interactions: store, clock } = deps;
  return createFlow({
    ...deps,
    noteError: createNoteOfResponse(deps),
    interactions: createInteractions({ store, clock }),
    beginnings: deps.limits.interactions,
    basePath: issuerPath(deps.issuer),
    signUpEnabled: deps.signUp !== null,
    passkeyChallenge: async (providerId) => {
      const provider = (await identityProviders.current()).find(providerId);
      return provider !== undefined && isOwn(provider) ? passkeys.authenticationOptions() : null;
    },
  });
}

/** A client is told of errors of the authorization endpoint with a redirect, or a page that posts: neither looks like one. */
function createNoteOfResponse(deps: InteractionDeps): FlowDeps['noteError'] {
  const note = createErrorNotes(deps);
  return (reply, error) => {
    // The endpoint is asked behind every page, and is what refuses.
    note({ error, request: reply.request, route: endpointPaths.authorization });
    deps.noteOutcome?.(reply.raw, { code: error.code });
  };
}

type Routes = Readonly<Record<string, PageRoute>>;

function authorizationRoutes(flow: Flow, deps: InteractionDeps): Routes {
  const { authorization: limits } = deps.limits;
  const shared = { flow, cookies: deps.cookies, basePath: issuerPath(deps.issuer) };
  return {
    [endpointPaths.authorization]: {
      get: { answer: createAuthorizationGet(shared), limits },
      post: { answer: createAuthorizationPost(shared), limits },
    },
  };
}

function pageRoutes(flow: Flow, deps: InteractionDeps): Routes {
  const { authorization: asking, login: proving } = deps.limits;
  const basePath = issuerPath(deps.issuer);
  const shared = { ...deps, flow, basePath, signUpEnabled: deps.signUp !== null, store: deps.interactions };
  return {
    [pagePaths.login]: {
      get: { answer: createLoginPage(shared), limits: asking },
      post: { answer: createLogin(shared), limits: proving },
    },
    [pagePaths['second-factor']]: {
      get: { answer: createSecondFactorPage(shared), limits: null },
      post: { answer: createSecondFactor(shared), limits: proving },
    },
    [providerStartPath]: { get: { answer: createProviderStart(shared), limits: proving } },
    [`${providerCallbackPath}/:providerId`]: {
      get: { answer: createProviderCallback(shared), limits: proving },
    },
    [pagePaths['account-chooser']]: {
      get: { answer: createChooserPage(shared), limits: null },
      post: { answer: createChoice(shared), limits: null },
    },
    [pagePaths.consent]: {
      get: { answer: createConsentPage(shared), limits: null },
      post: { answer: createConsentDecision(shared), limits: null },
    },
    ...signUpRoutes(shared, deps.signUp, proving),
  };
}

function signUpRoutes(
  shared: Omit<SignUpDeps, 'signUp'>,
  signUp: InteractionDeps['signUp'],
  limits: EndpointLimits,
): Routes {
  if (signUp === null) return {};
  const deps = { ...shared, signUp };
  return {
    [pagePaths['sign-up']]: {
      get: { answer: createSignUpPage(deps), limits: null },
      post: { answer: createSignUpSubmission(deps), limits },
    },
  };
}

function mountAll(scope: FastifyInstance, issuer: string, routes: Routes): void {
  for (const mountPoint of mountPoints(issuer)) {
    for (const [path, route] of Object.entries(routes)) mountPage(scope, mountPoint + path, route);
  }
}
