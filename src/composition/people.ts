import { createFederatedAccounts } from '../accounts/federated-accounts.ts';
import { createPasskeys } from '../accounts/passkeys.ts';
import { createPasswordChange } from '../accounts/password-change.ts';
import { createPasswordPolicy } from '../accounts/password-policy.ts';
import { createSignIn } from '../accounts/sign-in.ts';
import { createSignUp } from '../accounts/sign-up.ts';
import { createTotp } from '../accounts/totp.ts';
import { createLimit } from '../http/rate-limits/limit.ts';
import { createProviderSecrets } from '../identity-providers/provider-values.ts';
import type { Upstream, UpstreamDependencies } from '../identity-providers/upstream.ts';
import { createAuthorizationEndpoint } from '../protocol/authorization/authorization-endpoint.ts';
import { createConsents } from '../protocol/authorization/consents.ts';
import { createPlaceCheck } from '../protocol/client-provider.ts';
import { createEndSession } from '../protocol/logout/end-session.ts';
import { createFrontchannelLogout } from '../protocol/logout/frontchannel.ts';
import { createAccessTokenIssuer } from '../protocol/tokens/access-token.ts';
import { createAuthorizationGrants } from '../protocol/tokens/authorization-grants.ts';
import { createIdTokenHints } from '../protocol/tokens/id-token-hint.ts';
import { createCookies } from '../sessions/cookies.ts';
import { createSessions } from '../sessions/sessions.ts';
import type { Core } from './core.ts';
import { signingMeans } from './open-registry.ts';

/** Everything that people sign in, allow and sign out with, below the pages. */
export type People = ReturnType<typeof openPeople>;

/** Opens it. */
export function openPeople(core: Core) {
  const { configuration, issuer } = core;
  const cookies = createCookies(issuer);
  const sessions = createSessions({
    ...core,
    store: core.storage.stores.sessions,
    cookies,
    limits: configuration.declarations.server.sessions,
    endSession: core.endings.endSession,
    isPlaceInForce: createPlaceCheck(core.identityProviders),
  });
  return {
    cookies,
    sessions,
    ...openProofs(core),
    ...openAuthorization(core),
    ...openLogout(core),
  };
}

/** How people prove who they are. */
function openProofs(core: Core) {
  const { configuration, storage, clock, issuer, passwords, vault, secretKeeper, egress } = core;
  const { brand, passwords: rules, signUp } = configuration.declarations.server;
  const { accounts: store, passkeys, secondFactors, federatedIdentities } = storage.stores;
  const limits = openSignInLimits(core);
  const policy = createPasswordPolicy({ ...rules, serverNames: [brand.name, new URL(issuer).hostname] });
  const shared = { store, accounts: store, passwords, policy, limits, clock, issuer, serverName: brand.name };
  const totp = createTotp({ ...shared, store: secondFactors, vault, macs: secretKeeper });
  return {
    totp,
    signIn: createSignIn({ ...shared, totp, macs: secretKeeper }),
    passkeys: createPasskeys({ ...shared, store: passkeys }),
    passwordChange: createPasswordChange(shared),
    signUp: signUp.enabled ? createSignUp(shared).signUp : null,
    upstream: openUpstream({ fetch: egress.fetch, secrets: createProviderSecrets(vault), clock }),
    federatedAccounts: createFederatedAccounts({ ...shared, store: federatedIdentities }),
  };
}

function openSignInLimits({ configuration, milliseconds }: Core) {
  const { failedSignIns } = configuration.declarations.server.rateLimits;
  const limit = (name: keyof typeof failedSignIns) =>
    createLimit(`rateLimits.failedSignIns.${name}`, failedSignIns[name], milliseconds);
  return {
    perAccount: limit('perAccount'),
    perDevice: limit('perDevice'),
    perSecondFactor: limit('perSecondFactor'),
  };
}

/** Loaded, with the library that knows the protocol, when somebody first signs in elsewhere. */
function openUpstream(deps: UpstreamDependencies): Upstream {
  let opened: Promise<Upstream> | undefined;
  const open = (): Promise<Upstream> => {
    opened ??= import('../identity-providers/upstream.ts').then(({ createUpstream }) => createUpstream(deps));
    return opened;
  };
  return {
    begin: async (...question) => (await open()).begin(...question),
    finish: async (...answer) => (await open()).finish(...answer),
  };
}

/** From a request at the authorization endpoint to its response. */
function openAuthorization(core: Core) {
  const { configuration, storage, clock, clientTokens } = core;
  const {
    accessTokenTtl: accessTokenTtlSeconds,
    accessTokenAlgorithm,
    signUp,
  } = configuration.declarations.server;
  const { stores } = storage;
  const shared = { ...core, ...stores, ...signingMeans(configuration), accessTokenTtlSeconds };
  const consents = createConsents({ store: stores.consents, clock });
  const idTokenHints = createIdTokenHints(shared);
  const authorization = createAuthorizationEndpoint({
    ...shared,
    ...clientTokens,
    consents,
    consentStore: stores.consents,
    idTokenHints,
    listener: core.observers.protocol,
    grants: createAuthorizationGrants(shared),
    tokenIssuer: createAccessTokenIssuer({ ...shared, accessTokenAlgorithm }),
    signUp: signUp.enabled,
  });
  return { consents, idTokenHints, authorization };
}

/** How people sign out, beside the endings themselves. */
function openLogout(core: Core) {
  const { configuration, storage } = core;
  const { clients, pastKeys, endings: store } = storage.stores;
  const shared = { ...core, ...signingMeans(configuration), clients, pastKeys, store };
  return {
    endSession: createEndSession({ clients, idTokenHints: createIdTokenHints(shared) }),
    frontchannel: createFrontchannelLogout(shared),
  };
}
