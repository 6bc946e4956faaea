import type { Row } from './cells.ts';
import { elsewhere, otherProvider } from './clients.ts';
import { groups } from './columns.ts';
import { reasons } from './reasons.ts';

const { authorize, authorizeWithCode, authorizeWithoutCode, underWay, redeem, lookedAt, proven, afterwards } =
  groups;
const invalidClient = '401 invalid_client';
const notAllowed = '400 unauthorized_client';
const withoutChallenge = { code_challenge: null, code_challenge_method: null };

/** Whether the client is there, and what it may ask for. */
export const accessRules: readonly Row[] = [
  {
    rule: 'enabled',
    change: { enabled: false },
    cells: [
      [[...authorize, ...underWay], '400 Invalid client_id'],
      [proven, invalidClient],
      ['userinfo', '401 invalid_token'],
      ['introspection by the API', 'inactive'],
      ['Connect', 'unauthenticated'],
      ['end_session', '200 Sign out?'],
    ],
  },
  {
    rule: 'tokensValidFrom',
    change: 'disable, and enable again',
    cells: [
      [[...authorize, ...underWay, 'client_credentials'], reasons.alive],
      [redeem, '400 invalid_grant'],
      ['userinfo', '401 invalid_token'],
      ['introspection', { outcome: 'inactive', refreshToken: 'dead' }],
      ['introspection by the API', 'inactive'],
      ['Connect', 'unauthenticated'],
      ['revocation', reasons.ending],
      ['end_session', reasons.leaving],
    ],
  },
  {
    rule: 'deletion',
    change: 'delete',
    cells: [
      [[...authorize, ...underWay], '400 Invalid client_id'],
      [proven, invalidClient],
      ['userinfo', '401 invalid_token'],
      ['introspection by the API', 'inactive'],
      ['Connect', 'unauthenticated'],
      ['end_session', '200 Sign out?'],
    ],
  },
  {
    rule: 'grantTypes',
    change: { grantTypes: ['implicit', 'refresh_token', 'client_credentials', 'introspect', 'revoke'] },
    cells: [
      [[...authorizeWithCode, ...underWay], 'error unauthorized_client'],
      [authorizeWithoutCode, reasons.otherGrant],
      ['authorization_code', notAllowed],
      [['refresh_token', 'client_credentials'], reasons.otherGrant],
      [afterwards, reasons.alive],
    ],
  },
  {
    rule: 'grantTypes',
    change: {
      grantTypes: ['authorization_code', 'refresh_token', 'client_credentials', 'introspect', 'revoke'],
    },
    cells: [
      [['authorize code', 'authorize none', ...underWay], reasons.otherGrant],
      [
        ['authorize code id_token', 'authorize code token', 'authorize code id_token token'],
        'error unauthorized_client',
      ],
      [['authorize id_token', 'authorize token', 'authorize id_token token'], 'error unauthorized_client'],
      [[...redeem, 'client_credentials'], reasons.otherGrant],
      [afterwards, reasons.alive],
    ],
  },
  {
    rule: 'grantTypes',
    change: { grantTypes: ['refresh_token', 'client_credentials', 'introspect', 'revoke'] },
    cells: [
      [[...authorize, ...underWay], 'error unauthorized_client'],
      ['authorization_code', notAllowed],
      [['refresh_token', 'client_credentials'], reasons.otherGrant],
      [afterwards, reasons.alive],
    ],
  },
  {
    rule: 'grantTypes',
    change: { grantTypes: ['authorization_code', 'implicit', 'client_credentials', 'introspect', 'revoke'] },
    cells: [
      [[...authorize, ...underWay], reasons.noRefreshToken],
      ['authorization_code', { refreshToken: 'absent' }],
      ['refresh_token', notAllowed],
      ['client_credentials', reasons.otherGrant],
      ['introspection', { refreshToken: 'dead' }],
      [['userinfo', 'introspection by the API', 'Connect', 'revocation', 'end_session'], reasons.alive],
    ],
  },
  {
    rule: 'grantTypes',
    change: { grantTypes: ['authorization_code', 'implicit', 'refresh_token', 'introspect', 'revoke'] },
    cells: [
      ['client_credentials', notAllowed],
      [[...authorize, ...underWay, ...redeem], reasons.otherGrant],
      [afterwards, reasons.otherGrant],
    ],
  },
  {
    rule: 'grantTypes',
    change: {
      grantTypes: ['authorization_code', 'implicit', 'refresh_token', 'client_credentials', 'revoke'],
    },
    cells: [
      ['introspection', notAllowed],
      [[...authorize, ...underWay, ...redeem, 'client_credentials'], reasons.otherGrant],
      [['userinfo', 'introspection by the API', 'Connect', 'revocation', 'end_session'], reasons.otherGrant],
    ],
  },
  {
    rule: 'grantTypes',
    change: {
      grantTypes: ['authorization_code', 'implicit', 'refresh_token', 'client_credentials', 'introspect'],
    },
    cells: [
      ['revocation', notAllowed],
      [[...authorize, ...underWay, ...redeem, 'client_credentials'], reasons.otherGrant],
      [[...lookedAt, 'end_session'], reasons.otherGrant],
    ],
  },
  {
    rule: 'redirectUris',
    change: { redirectUris: [elsewhere] },
    cells: [
      [[...authorize, ...underWay], '400 Invalid redirect_uri'],
      ['authorization_code', '400 invalid_grant'],
      [['refresh_token', ...afterwards], reasons.alive],
      ['client_credentials', reasons.noPerson],
    ],
  },
  {
    rule: 'pkceRequired',
    change: { pkceRequired: true },
    request: withoutChallenge,
    cells: [
      [[...authorizeWithCode, ...underWay], 'error invalid_request'],
      [authorizeWithoutCode, reasons.noCode],
      ['authorization_code', '400 invalid_grant'],
      [['refresh_token', ...afterwards], reasons.alive],
      ['client_credentials', reasons.noPerson],
    ],
  },
  {
    rule: 'parRequired',
    change: { parRequired: true },
    cells: [
      [[...authorize, ...underWay], 'error invalid_request'],
      [[...redeem, 'client_credentials', ...afterwards], reasons.atTheDoor],
    ],
  },
  {
    rule: 'dpopRequired',
    change: { dpopRequired: true },
    cells: [
      [[...authorize, ...underWay], 'error invalid_dpop_proof'],
      [[...redeem, 'client_credentials'], '400 invalid_dpop_proof'],
      ['userinfo', '401 invalid_token'],
      ['introspection', { outcome: 'inactive', refreshToken: 'dead' }],
      ['introspection by the API', 'inactive'],
      ['Connect', 'unauthenticated'],
      ['revocation', reasons.ending],
      ['end_session', reasons.leaving],
    ],
  },
  {
    rule: 'identityProviderId',
    change: { identityProviderId: otherProvider.id },
    cells: [
      [[...authorize, ...underWay], { outcome: 'asks to sign in', at: otherProvider.name }],
      [redeem, '400 invalid_grant'],
      ['client_credentials', reasons.noPerson],
      ['userinfo', '401 invalid_token'],
      ['introspection', { outcome: 'inactive', refreshToken: 'dead' }],
      ['introspection by the API', 'inactive'],
      ['Connect', 'unauthenticated'],
      ['revocation', reasons.ending],
      ['end_session', reasons.leaving],
    ],
  },
];
