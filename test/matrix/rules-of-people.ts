import type { Row } from './cells.ts';
import { groups } from './columns.ts';
import { reasons } from './reasons.ts';

const { authorize, underWay, asking, answering, redeem, lookedAt, afterwards } = groups;
const tokenEndpoint = [...redeem, 'client_credentials'] as const;
const notAsking = [...authorize, ...answering, ...tokenEndpoint, ...afterwards] as const;
const logout = 'https://127.0.0.1:9/logout';

/** What people are shown of a client, and how they leave it. */
export const peopleRules: readonly Row[] = [
  ...(
    [
      ['name', { name: 'Store' }, { client: 'Store, not verified' }],
      ['description', { description: 'Sells things.' }, { description: 'Sells things.' }],
      [
        'websiteUri',
        { websiteUri: 'https://client.example/about' },
        { website: 'https://client.example/about' },
      ],
      [
        'logo',
        { logo: { kind: 'external', uri: 'https://client.example/logo.png' } },
        { logo: 'https://client.example/logo.png' },
      ],
      ['verified', { verified: true }, { client: 'Shop, verified' }],
    ] as const
  ).map(
    ([rule, change, seen]): Row => ({
      rule,
      change,
      cells: [
        [asking, seen],
        [notAsking, reasons.shown],
      ],
    }),
  ),
  {
    rule: 'internal',
    change: { internal: true },
    cells: [
      [underWay, { outcome: 'response', code: 'for 60 s' }],
      [[...authorize, ...tokenEndpoint, ...afterwards], reasons.notAsked],
    ],
  },
  {
    rule: 'postLogoutRedirectUris',
    change: { postLogoutRedirectUris: [] },
    cells: [
      ['end_session', '400 Invalid post_logout_redirect_uri'],
      [[...authorize, ...underWay, ...tokenEndpoint, ...lookedAt, 'revocation'], reasons.atTheEnd],
    ],
  },
  ...(
    [
      ['backchannelLogoutUri', { backchannelLogoutUri: logout }, { notices: '1' }],
      [
        'frontchannelLogoutUri',
        { frontchannelLogoutUri: logout },
        { outcome: '200 You are signed out', frames: logout },
      ],
      [
        'frontchannelLogoutSessionRequired',
        { frontchannelLogoutUri: logout, frontchannelLogoutSessionRequired: true },
        { outcome: '200 You are signed out', frames: `${logout} with the session` },
      ],
    ] as const
  ).map(
    ([rule, change, seen]): Row => ({
      rule,
      change,
      cells: [
        ['end_session', seen],
        [[...authorize, ...underWay, ...tokenEndpoint, ...lookedAt, 'revocation'], reasons.atTheEnd],
      ],
    }),
  ),
];
