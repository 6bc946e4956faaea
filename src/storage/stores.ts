import type { Engine } from './engine.ts';
import { createAccessTokenInsert, createAccessTokenStore } from './sql/access-token-store.ts';
import { createAccountStore } from './sql/account-store.ts';
import { createAllowedScopes } from './sql/allowed-scopes.ts';
import { createAuditAppend } from './sql/audit.ts';
import { createClientKeyStore } from './sql/client-key-store.ts';
import { createClientStore } from './sql/client-store.ts';
import { createConsentStore } from './sql/consent-store.ts';
import { createDataKeyStore } from './sql/data-key-store.ts';
import { createEndingStore } from './sql/ending-store.ts';
import { createExpiryStore } from './sql/expiry-store.ts';
import { createFederatedIdentityStore } from './sql/federated-identity-store.ts';
import { createGrantStore } from './sql/grant-store.ts';
import { createIdentityProviderStore } from './sql/identity-provider-store.ts';
import { createInteractionStore } from './sql/interaction-store.ts';
import { createKeyStore } from './sql/key-store.ts';
import { createLogoutNoticeStore } from './sql/logout-notice-store.ts';
import { createPasskeyStore } from './sql/passkey-store.ts';
import { createPastKeyStore } from './sql/past-key-store.ts';
import { createRevisions } from './sql/revisions.ts';
import { createScopeStore } from './sql/scope-store.ts';
import { createSecondFactorStore } from './sql/second-factor-store.ts';
import { createSessionStore } from './sql/session-store.ts';
import { createSettingsStore } from './sql/settings-store.ts';
import { createSingleUseStore } from './sql/single-use-store.ts';
import type { Stores } from './storage.ts';

/** Makes every store on `engine`; asks for every statement. */
export function createStores(engine: Engine): Stores {
  const revisions = createRevisions(engine);
  const appendAudit = createAuditAppend(engine);
  const insertAccessToken = createAccessTokenInsert(engine);
  return {
    clients: createClientStore(engine, revisions, appendAudit),
    clientKeys: createClientKeyStore(engine, revisions),
    scopes: createScopeStore(engine, revisions, appendAudit),
    identityProviders: createIdentityProviderStore(engine, revisions, appendAudit),
    keys: createKeyStore(engine),
    pastKeys: createPastKeyStore(engine),
    dataKey: createDataKeyStore(engine),
    accounts: createAccountStore(engine, appendAudit),
    federatedIdentities: createFederatedIdentityStore(engine, appendAudit),
    passkeys: createPasskeyStore(engine, appendAudit),
    secondFactors: createSecondFactorStore(engine, appendAudit),
    settings: createSettingsStore(engine),
    sessions: createSessionStore(engine),
    interactions: createInteractionStore(engine),
    grants: createGrantStore(engine, insertAccessToken),
    consents: createConsentStore(engine, appendAudit),
    allowedScopes: createAllowedScopes(engine),
    accessTokens: createAccessTokenStore(engine, insertAccessToken),
    singleUse: createSingleUseStore(engine),
    expiry: createExpiryStore(engine),
    endings: createEndingStore(engine, appendAudit),
    logoutNotices: createLogoutNoticeStore(engine),
  };
}
