import type { Row } from './cells.ts';
import { asked, billing, lender } from './clients.ts';
import { groups } from './columns.ts';
import { reasons } from './reasons.ts';

const {
  authorize,
  authorizeWithCode,
  authorizeWithoutCode,
  authorizeWithToken,
  authorizeWithoutToken,
  authorizeWithIdToken,
  authorizeWithoutIdToken,
  underWay,
  asking,
  answering,
  redeem,
  lookedAt,
  afterwards,
} = groups;
const tokenEndpoint = [...redeem, 'client_credentials'] as const;
const publicScopes = ['reports', 'invoices:read'];
const without = (...names: readonly string[]): string =>
  asked
    .split(' ')
    .filter((name) => !names.includes(name))
    .join(' ');

/** What tokens may do, for whom they are, how long they live and what signs them. */
export const tokenRules: readonly Row[] = [
  {
    rule: 'allowedScopes',
    change: { allowedScopes: ['openid', 'email', 'invoices:read'] },
    cells: [
      [[...authorize, ...underWay], 'error invalid_scope'],
      [redeem, { scope: without('reports') }],
      ['client_credentials', { scope: 'invoices:read' }],
      [['introspection', 'introspection by the API'], { scope: without('reports') }],
      [['userinfo', 'Connect', 'revocation'], reasons.otherScope],
      ['end_session', reasons.leaving],
    ],
  },
  {
    rule: 'allowedScopes',
    change: { allowedScopes: ['email', ...publicScopes] },
    cells: [
      [[...authorize, ...underWay], 'error invalid_scope'],
      [redeem, { scope: without('openid'), idToken: 'absent' }],
      ['client_credentials', reasons.otherScope],
      [['introspection', 'introspection by the API'], { scope: without('openid') }],
      ['userinfo', '403 insufficient_scope'],
      [['Connect', 'revocation'], reasons.otherScope],
      ['end_session', reasons.leaving],
    ],
  },
  {
    rule: 'allowedScopes',
    change: { allowedScopes: ['openid', ...publicScopes] },
    cells: [
      [[...authorize, ...underWay], 'error invalid_scope'],
      [redeem, { scope: without('email') }],
      ['client_credentials', reasons.otherScope],
      [['introspection', 'introspection by the API'], { scope: without('email') }],
      ['userinfo', { claims: 'sub' }],
      ['Connect', 'permission_denied'],
      ['revocation', reasons.otherScope],
      ['end_session', reasons.leaving],
    ],
  },
  {
    rule: 'allowedScopes',
    change: { allowedScopes: [] },
    cells: [
      [[...authorize, ...underWay], 'error invalid_scope'],
      [redeem, '400 invalid_scope'],
      ['client_credentials', { scope: 'absent' }],
      ['introspection', { scope: 'absent', refreshToken: 'dead' }],
      ['introspection by the API', { scope: 'absent' }],
      ['userinfo', '403 insufficient_scope'],
      ['Connect', 'permission_denied'],
      ['revocation', reasons.otherScope],
      ['end_session', reasons.leaving],
    ],
  },
  ...(
    [
      ['authorizeScope', { authorizeScope: false }],
      ['authorizedScopes', { authorizedScopes: [] }],
    ] as const
  ).map(
    ([rule, change]): Row => ({
      rule,
      before: { authorizeScope: true, authorizedScopes: ['payroll'] },
      request: { scope: `${asked} payroll` },
      change,
      cells: [
        [[...authorize, ...underWay], 'error invalid_scope'],
        [redeem, { scope: asked }],
        ['client_credentials', { scope: publicScopes.join(' ') }],
        [['introspection', 'introspection by the API'], { scope: asked }],
        [['userinfo', 'Connect', 'revocation'], reasons.otherScope],
        ['end_session', reasons.leaving],
      ],
    }),
  ),
  {
    rule: 'authorizeScope',
    before: { authorizedScopes: ['payroll'] },
    change: { authorizeScope: true },
    cells: [
      [[...authorize, ...underWay, ...redeem, ...afterwards], reasons.given],
      ['client_credentials', { scope: 'reports payroll invoices:read' }],
    ],
  },
  {
    rule: 'accessTokenFormat',
    change: { accessTokenFormat: 'opaque' },
    cells: [
      [authorizeWithToken, { accessToken: 'opaque for 3600 s' }],
      [[...authorizeWithoutToken, ...underWay], reasons.noAccessToken],
      [tokenEndpoint, { accessToken: 'opaque for 3600 s' }],
      [afterwards, reasons.given],
    ],
  },
  {
    rule: 'accessTokenTtl',
    change: { accessTokenTtl: 90 },
    cells: [
      [authorizeWithToken, { accessToken: 'JWT for 90 s' }],
      [[...authorizeWithoutToken, ...underWay], reasons.noAccessToken],
      [tokenEndpoint, { accessToken: 'JWT for 90 s' }],
      [afterwards, reasons.given],
    ],
  },
  {
    rule: 'authorizationCodeTtl',
    change: { authorizationCodeTtl: 30 },
    cells: [
      [[...authorizeWithCode, ...answering], { code: 'for 30 s' }],
      [[...authorizeWithoutCode, ...asking], reasons.noCode],
      [tokenEndpoint, reasons.given],
      [afterwards, reasons.noCode],
    ],
  },
  {
    rule: 'refreshTokenTtl',
    change: { refreshTokenTtl: 600 },
    cells: [
      [[...authorize, ...underWay, 'client_credentials'], reasons.noRefreshToken],
      ['authorization_code', { refreshToken: 'another, for 600 s' }],
      ['refresh_token', reasons.given],
      [afterwards, reasons.given],
    ],
  },
  {
    rule: 'idTokenTtl',
    change: { idTokenTtl: 120 },
    cells: [
      [authorizeWithIdToken, { idToken: 'ES256 by the server’s key, for 120 s' }],
      [[...authorizeWithoutIdToken, ...underWay, 'client_credentials'], reasons.noIdToken],
      [redeem, { idToken: 'ES256 by the server’s key, for 120 s' }],
      [afterwards, reasons.given],
    ],
  },
  ...(
    [
      ['keyPairType', { keyPairType: { type: 'ec', curve: 'P-256' } }, 'ES256 by the client’s key'],
      ['idTokenSignatureAlg', { idTokenSignatureAlg: 'RS256' }, 'RS256 by the server’s key'],
      ['idTokenSignatureAlg', { idTokenSignatureAlg: 'HS384' }, 'HS384 by the secret'],
    ] as const
  ).map(
    ([rule, change, signature]): Row => ({
      rule,
      change,
      cells: [
        [authorizeWithIdToken, { idToken: `${signature}, for 86400 s` }],
        [[...authorizeWithoutIdToken, ...underWay, 'client_credentials'], reasons.noIdToken],
        [redeem, { idToken: `${signature}, for 86400 s` }],
        [afterwards, reasons.given],
      ],
    }),
  ),
  {
    rule: 'userinfoSignedResponseAlg',
    change: { userinfoSignedResponseAlg: 'ES256' },
    cells: [
      ['userinfo', { form: 'JWT by ES256' }],
      [[...authorize, ...underWay, ...tokenEndpoint], reasons.notUserinfo],
      [
        ['introspection', 'introspection by the API', 'Connect', 'revocation', 'end_session'],
        reasons.notUserinfo,
      ],
    ],
  },
  {
    rule: 'refreshTokenIssuance',
    change: { refreshTokenIssuance: 'offline_access' },
    cells: [
      [[...authorize, ...underWay, 'client_credentials'], reasons.noRefreshToken],
      ['authorization_code', { refreshToken: 'absent' }],
      [['refresh_token', ...afterwards], reasons.given],
    ],
  },
  {
    rule: 'clientCredentialsSubject',
    change: { clientCredentialsSubject: lender },
    cells: [
      ['client_credentials', { subject: 'an account' }],
      [[...authorize, ...underWay, ...redeem, ...afterwards], reasons.otherGrant],
    ],
  },
  {
    rule: 'applicationId',
    change: { applicationId: billing.id },
    cells: [
      [authorizeWithToken, { bound: 'application_id, application_bindings' }],
      [[...authorizeWithoutToken, ...underWay], reasons.noAccessToken],
      [tokenEndpoint, { bound: 'application_id, application_bindings' }],
      [afterwards, reasons.given],
    ],
  },
  {
    rule: 'applicationBindings',
    change: { applicationBindings: [] },
    cells: [
      [[...authorize, ...underWay], 'error invalid_target'],
      [redeem, { audience: 'this server', scope: without('invoices:read'), bound: '' }],
      ['client_credentials', { audience: 'this server', scope: 'reports', bound: '' }],
      ['introspection', { scope: without('invoices:read'), bound: '' }],
      ['introspection by the API', 'inactive'],
      [['userinfo', 'Connect', 'revocation'], reasons.otherScope],
      ['end_session', reasons.leaving],
    ],
  },
  {
    rule: 'usesManagedBuckets',
    change: { usesManagedBuckets: true },
    cells: [
      [authorizeWithToken, 'error unauthorized_client'],
      [[...authorizeWithoutToken, ...underWay], reasons.noAccessToken],
      [tokenEndpoint, { bound: 'application_bindings, managed_buckets' }],
      [[...lookedAt, 'revocation', 'end_session'], reasons.given],
    ],
  },
];
