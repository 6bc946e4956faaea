import type { ClientCredentials } from './requests.ts';

/** What every server under measurement is set up with, so that all do the same work. */

/** As long as what a server generates: 64 octets in base64url. */
const secret = 'secret-of-the-measurements'.padEnd(86, '-');

/** Gets ES256 JWTs. */
export const jwtClient: ClientCredentials = { id: '6d1f7c8e-7a1b-4b6c-9c1e-2f0f5a3b0001', secret };

/** Gets opaque tokens. */
export const opaqueClient: ClientCredentials = { id: '6d1f7c8e-7a1b-4b6c-9c1e-2f0f5a3b0002', secret };

/** Administers our server. */
export const bootstrap: ClientCredentials = { id: '6d1f7c8e-7a1b-4b6c-9c1e-2f0f5a3b0003', secret };

/** Signs people in, and keeps its secret. */
export const webClient: ClientCredentials = { id: '6d1f7c8e-7a1b-4b6c-9c1e-2f0f5a3b0004', secret };

/** Signs people in without a secret: its refresh tokens rotate. */
export const publicClient = { id: '6d1f7c8e-7a1b-4b6c-9c1e-2f0f5a3b0005' } as const;

/** The same as `webClient`, for access tokens that are opaque at the peer. */
export const opaqueWebClient: ClientCredentials = { id: '6d1f7c8e-7a1b-4b6c-9c1e-2f0f5a3b0006', secret };

/** Where they get their codes. */
export const redirectUri = 'https://client.example/callback';

/** What they ask for. */
export const personScope = 'openid profile email offline_access';

/** Who signs in. */
export const person = {
  username: 'alice',
  password: 'correct horse battery staple',
  email: 'alice@example.com',
} as const;

/** The one scope that tokens have. */
export const scope = 'reports:read';

/** The life of a token, in seconds. */
export const tokenTtl = 3600;

/** Who JWTs of the peer are for: it makes one only for a resource server that it knows. */
export const peerAudience = 'https://reports.example';

/** Where each server listens, and how it names itself. */
export function originAt(port: number): string {
  return `http://127.0.0.1:${port}`;
}
