import type { Client } from '../clients/client.ts';

/** The life of an authorization code whose client sets none, in seconds. */
const codeSeconds = 60;

/** The life of a refresh token whose client sets none, in seconds: 30 days. */
const refreshTokenSeconds = 2_592_000;

/** How long a code of `client` can be used, in seconds. */
export function codeLifetime({ authorizationCodeTtl }: Client): number {
  return authorizationCodeTtl ?? codeSeconds;
}

/** How long a refresh token of `client` lives, in seconds, with every one that takes its place: they end when the first would have. */
export function refreshTokenLifetime({ refreshTokenTtl }: Client): number {
  return refreshTokenTtl ?? refreshTokenSeconds;
}
