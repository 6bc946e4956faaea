import { z } from 'zod';

/** The part of the file that says how much the server takes from whom. `docs/limits.md` tells what is counted, and why so. */

const count = z.int().min(1).max(1_000_000);
const requestRate = z.strictObject({ perSecond: count, burst: count }).nullable();
const failureRate = z.strictObject({ perMinute: count, burst: count }).nullable();

/** The limits of one kind of endpoint. */
function requestRates(endpoints: string, perAddress: { readonly perSecond: number; readonly burst: number }) {
  return z
    .strictObject({
      perAddress: requestRate
        .default(perAddress)
        .describe(
          `Requests to ${endpoints} from one address: \`perSecond\`, and \`burst\` at once; null: any number.`,
        ),
      perClient: requestRate
        .default(null)
        .describe('The same for one client that has authenticated, wherever it is; null: any number.'),
    })
    .prefault({});
}

/** The limits of endpoints at which no client authenticates. */
function addressRates(
  description: string,
  perAddress: { readonly perSecond: number; readonly burst: number },
) {
  return z.strictObject({ perAddress: requestRate.default(perAddress).describe(description) }).prefault({});
}

/** How many connections may be open on the main port. */
export const connectionLimits = {
  maxConnections: count
    .default(10_000)
    .describe('Connections that may be open on the main port; others are closed at once.'),
  maxConnectionsPerAddress: count
    .nullable()
    .default(2_000)
    .describe('The same from one address, unless it is this machine or a trusted proxy; null: any number.'),
};

/** How many requests, and how many failed authentications, there may be. */
export const rateLimits = z.strictObject({
  token: requestRates('the token endpoint', { perSecond: 500, burst: 2_000 }),
  introspection: requestRates('the introspection endpoint', { perSecond: 2_000, burst: 8_000 }),
  revocation: requestRates('the revocation endpoint', { perSecond: 500, burst: 2_000 }),
  userinfo: requestRates('the userinfo endpoint', { perSecond: 2_000, burst: 8_000 }),
  authorization: addressRates(
    'Requests to the authorization endpoint, and for sign-in pages that nobody has asked for, from one address: each may have to be kept while a person is awaited; null: any number.',
    { perSecond: 200, burst: 1_000 },
  ),
  interactions: addressRates(
    'Requests from one address that a person has something to do for, so that they are kept, for an hour at most: a browser that is signed in and has been asked makes none; null: any number.',
    { perSecond: 10, burst: 200 },
  ),
  login: addressRates(
    'Passwords, codes, passkeys and sign-ins at other providers from one address, right or wrong: each costs as much as many tokens; null: any number.',
    { perSecond: 20, burst: 200 },
  ),
  administration: requestRates('all administration faces', { perSecond: 500, burst: 2_000 }),
  metrics: addressRates(
    'Requests to `/metrics` from one address: writing them costs as much as several tokens; null: any number.',
    { perSecond: 10, burst: 100 },
  ),
  failedAuthentications: z
    .strictObject({
      perAddress: failureRate
        .default({ perMinute: 60, burst: 60 })
        .describe(
          'Wrong secrets and assertions from one address, apart from them wrong bearer tokens, and apart from both wrong passwords and codes of people, before it is refused unheard: `perMinute`, and `burst` at once; null: any number.',
        ),
      perClientAndAddress: failureRate
        .default({ perMinute: 20, burst: 20 })
        .describe(
          'The same for one client at one address, so that a client with an old secret stops no neighbour.',
        ),
    })
    .prefault({}),
  failedSignIns: z
    .strictObject({
      perAccount: failureRate
        .default({ perMinute: 1, burst: 20 })
        .describe(
          'Wrong passwords for one user name, wherever from, before browsers that have never signed in to it wait: `perMinute`, and `burst` at once; null: any number.',
        ),
      perDevice: failureRate
        .default({ perMinute: 1, burst: 20 })
        .describe('The same for one account from one browser that has signed in to it before.'),
      perSecondFactor: failureRate
        .default({ perMinute: 1, burst: 10 })
        .describe(
          'Codes of second factors for one account, right or wrong, and apart from them its password where it is asked for again.',
        ),
    })
    .prefault({}),
  limitLoopback: z
    .boolean()
    .default(false)
    .describe('Whether these limits per address hold for this machine too (127.0.0.0/8, ::1).'),
});
