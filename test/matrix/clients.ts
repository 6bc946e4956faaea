import type { ClientPatch } from '../../src/clients/patch.ts';
import { makeKeyPair } from '../fixtures/client-assertion.ts';
import { callback, signedOut } from '../fixtures/relying-party.ts';
import { alice } from '../fixtures/sign-in-world.ts';

/** An application whose API tokens of every client are for. */
export const billing = {
  id: 'billing',
  name: 'Billing',
  audience: 'https://billing.example',
  scopes: [{ name: 'invoices:read', label: 'Read invoices', public: true }],
};

/** Scopes of no application; `payroll` is private. */
export const scopes = [
  { name: 'reports', label: 'Reports', public: true },
  { name: 'payroll', label: 'Payroll' },
];

/** Where people sign in who do not sign in here. */
export const otherProvider = {
  id: '2f0d9a34-4f54-4f42-8d5f-6a0f1f0c1a01',
  name: 'Elsewhere',
  type: 'oidc',
  issuer: 'https://elsewhere.example',
  clientId: 'clientele',
  secret: 'a secret of the provider',
};

/** Another redirect URI than that of every client. */
export const elsewhere = 'https://client.example/elsewhere';

/** What assertions of clients are signed with. */
export const assertionKeys = makeKeyPair('ES256');

/** A client that everything is switched on for, and nothing is demanded of. */
export const base: ClientPatch = {
  name: 'Shop',
  redirectUris: [callback],
  postLogoutRedirectUris: [signedOut],
  grantTypes: [
    'authorization_code',
    'implicit',
    'refresh_token',
    'client_credentials',
    'introspect',
    'revoke',
  ],
  refreshTokenIssuance: 'always',
  pkceRequired: false,
  idTokenSignatureAlg: 'ES256',
  applicationBindings: [{ applicationId: billing.id, config: null }],
};

/** What every client of the matrix asks people for. */
export const asked = 'openid email reports invoices:read';

/** The account that client-credentials tokens may be lent. */
export const lender = alice.id;
