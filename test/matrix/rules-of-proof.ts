import { toJwk, toPem } from '../fixtures/client-assertion.ts';
import type { Row } from './cells.ts';
import { assertionKeys } from './clients.ts';
import { groups } from './columns.ts';
import { reasons } from './reasons.ts';

const { authorizeWithCode, authorizeWithoutCode, underWay, redeem, proven, unproven } = groups;
const invalidClient = '401 invalid_client';
const withoutChallenge = { code_challenge: null, code_challenge_method: null };
const optional = { tokenEndpointAuthMethods: ['client_secret_basic', 'none'] } as const;
const signed = {
  tokenEndpointAuthMethods: ['private_key_jwt'],
  tokenEndpointJwtAuthAlg: 'ES256',
} as const;

/** All that takes a proof is refused. */
const refusedAll: Row['cells'] = [
  [unproven, reasons.noProof],
  [proven, invalidClient],
];
/** All of it goes on as before. */
const acceptedAll: Row['cells'] = [
  [unproven, reasons.noProof],
  [proven, reasons.accepted],
];

/** How the client proves itself, and where it need not. */
export const proofRules: readonly Row[] = [
  { rule: 'secrets', change: 'renew the secret', cells: refusedAll },
  { rule: 'secrets', change: {}, proof: 'wrong secret', cells: refusedAll },
  { rule: 'secrets', change: {}, proof: 'nothing', cells: refusedAll },
  {
    rule: 'tokenEndpointAuthMethods',
    change: { tokenEndpointAuthMethods: ['client_secret_post'] },
    cells: refusedAll,
  },
  {
    rule: 'tokenEndpointAuthMethods',
    change: { ...signed, jwtPublicKey: toPem(assertionKeys.publicKey) },
    cells: refusedAll,
  },
  {
    rule: 'tokenEndpointAuthMethods',
    change: { ...signed, jwtPublicKey: toPem(assertionKeys.publicKey) },
    proof: 'assertion',
    cells: acceptedAll,
  },
  { rule: 'tokenEndpointAuthMethods', change: {}, proof: 'assertion', cells: refusedAll },
  {
    rule: 'tokenEndpointAuthMethods',
    change: optional,
    cells: [
      [unproven, reasons.noProof],
      [['authorization_code', 'client_credentials', 'introspection', 'revocation'], reasons.accepted],
      ['refresh_token', { refreshToken: 'another, for 2592000 s' }],
    ],
  },
  { rule: 'tokenEndpointAuthMethods', change: optional, proof: 'wrong secret', cells: refusedAll },
  {
    rule: 'tokenEndpointAuthMethods',
    change: optional,
    proof: 'nothing',
    cells: [
      [unproven, reasons.noProof],
      ['authorization_code', reasons.accepted],
      [['refresh_token', 'client_credentials', 'introspection', 'revocation'], invalidClient],
    ],
  },
  {
    rule: 'tokenEndpointAuthMethods',
    change: optional,
    request: withoutChallenge,
    cells: [
      [[...authorizeWithCode, ...underWay], 'error invalid_request'],
      [authorizeWithoutCode, reasons.noCode],
      ['authorization_code', '400 invalid_grant'],
      ['refresh_token', { refreshToken: 'another, for 2592000 s' }],
      [['client_credentials', 'introspection', 'revocation'], reasons.accepted],
      [['userinfo', 'introspection by the API', 'Connect', 'end_session'], reasons.noProof],
    ],
  },
  {
    rule: 'tokenEndpointJwtAuthAlg',
    before: { jwtPublicKey: toPem(assertionKeys.publicKey) },
    change: { ...signed, tokenEndpointJwtAuthAlg: 'RS256' },
    proof: 'assertion',
    cells: refusedAll,
  },
  {
    rule: 'jwtPublicKey',
    before: { jwtPublicKey: toPem(assertionKeys.publicKey) },
    change: { ...signed, jwtPublicKey: null },
    proof: 'assertion',
    cells: refusedAll,
  },
  {
    rule: 'jwks',
    change: { ...signed, jwks: { keys: [toJwk(assertionKeys.publicKey)] } },
    proof: 'assertion',
    cells: acceptedAll,
  },
  {
    rule: 'publicRefreshToken',
    change: { publicRefreshToken: true },
    proof: 'nothing',
    cells: [
      [unproven, reasons.noProof],
      ['refresh_token', { refreshToken: 'another, for 2592000 s' }],
      [['authorization_code', 'client_credentials', 'introspection', 'revocation'], invalidClient],
    ],
  },
  {
    rule: 'publicRefreshToken',
    change: { publicRefreshToken: true },
    cells: [
      [unproven, reasons.noProof],
      ['refresh_token', { refreshToken: 'another, for 2592000 s' }],
      [['authorization_code', 'client_credentials', 'introspection', 'revocation'], reasons.accepted],
    ],
  },
  {
    rule: 'publicRefreshToken',
    change: { publicRefreshToken: true },
    proof: 'wrong secret',
    cells: refusedAll,
  },
  {
    rule: 'publicRefreshToken',
    before: { publicRefreshToken: true },
    change: { publicRefreshToken: false },
    proof: 'nothing',
    cells: refusedAll,
  },
  {
    rule: 'publicRevoke',
    change: { publicRevoke: true },
    proof: 'nothing',
    cells: [
      [unproven, reasons.noProof],
      ['revocation', reasons.accepted],
      [[...redeem, 'client_credentials', 'introspection'], invalidClient],
    ],
  },
  { rule: 'publicRevoke', change: { publicRevoke: true }, cells: acceptedAll },
  { rule: 'publicRevoke', change: { publicRevoke: true }, proof: 'wrong secret', cells: refusedAll },
  {
    rule: 'publicRevoke',
    before: { publicRevoke: true },
    change: { publicRevoke: false },
    proof: 'nothing',
    cells: refusedAll,
  },
  {
    rule: 'usesManagedBuckets',
    before: { publicRefreshToken: true },
    change: { usesManagedBuckets: true },
    proof: 'nothing',
    cells: [
      ['authorize token', 'error unauthorized_client'],
      [
        ['authorize code token', 'authorize id_token token', 'authorize code id_token token'],
        'error unauthorized_client',
      ],
      [
        ['authorize code', 'authorize id_token', 'authorize code id_token', 'authorize none', ...underWay],
        reasons.noAccessToken,
      ],
      [proven, invalidClient],
      [['userinfo', 'introspection by the API', 'Connect', 'end_session'], reasons.noProof],
    ],
  },
];
