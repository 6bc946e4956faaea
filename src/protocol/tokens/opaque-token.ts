import { sha256, toBase64url } from '../../kernel/encoding.ts';
import { creationOrder, randomOctets } from '../../kernel/random.ts';

/** What begins each kind of value that is random and nothing else, so that people and secret scanners tell them apart. */
export const opaquePrefixes = { accessToken: 'cla_', code: 'clc_', refreshToken: 'clr_' } as const;

/** A kind of value that means what is stored under its hash. */
export type OpaqueKind = keyof typeof opaquePrefixes;

/** Refresh tokens have the ending of their family (`refresh-token-family.ts`). */
const opaqueToken = /^cl[acr]_([0-9a-f]{16})[\w-]{43}(?:[0-9a-f]{32}[\w-]{22})?$/;

/** Makes a value that nobody can guess: 256 random bits behind the order of its creation. */
export function makeOpaqueToken(kind: OpaqueKind): string {
  return opaquePrefixes[kind] + creationOrder() + toBase64url(randomOctets(32));
}

/** Whether `token` claims to be of `kind`. */
export function isOpaque(kind: OpaqueKind, token: string): boolean {
  return token.startsWith(opaquePrefixes[kind]);
}

/**
 * What an opaque value is found by: its hash. Where it was issued stands before it, so that values of one time lie together in an
 * index; it is no secret, and the hash covers it.
 */
export function opaqueTokenHash(token: string): string {
  return (opaqueToken.exec(token)?.[1] ?? '') + sha256(token);
}
