import type { AuditEvent } from '../../kernel/audit.ts';
import type { EpochSeconds } from '../../kernel/clock.ts';
import { claimsOfScopes } from '../tokens/person-claims.ts';
import type { AuthorizationRequest } from './authorization-request.ts';
import { redirectHostOf } from './redirect-uri.ts';

/** What a person has allowed a client; the `authorisation` of the administration faces. One for each pair. */
export interface Consent {
  /** An ordered UUID. */
  readonly id: string;
  readonly clientId: string;
  readonly accountId: string;
  /** Grows by one with each change of what is allowed. */
  readonly revision: number;
  readonly allowed: AllowedByPerson;
  readonly createdAt: EpochSeconds;
  /** Coarse: it is written down once in a while. */
  readonly lastUsedAt: EpochSeconds;
}

/** All that a consent covers; where any of it grows, the person is asked again. */
export interface AllowedByPerson {
  readonly scopes: readonly string[];
  readonly audiences: readonly string[];
  /** Claims that were asked for one by one. */
  readonly claims: readonly string[];
  /** Hosts (or schemes, of apps) that the response went to. */
  readonly redirectHosts: readonly string[];
}

/** The port to where consents are kept. Audit entries are stored with the change, or not at all; default: none. */
export interface ConsentStore {
  readonly find: (clientId: string, accountId: string) => Promise<Consent | undefined>;
  readonly load: (id: string) => Promise<Consent | undefined>;
  /** `exists`: there is one for the pair. `gone`: the client or the account was deleted. */
  readonly insert: (
    consent: Consent,
    audit?: readonly AuditEvent[],
  ) => Promise<'inserted' | 'exists' | 'gone'>;
  /** Replaces what is allowed, if the stored one has `revision - 1`. */
  readonly replace: (consent: Consent, audit?: readonly AuditEvent[]) => Promise<'replaced' | 'conflict'>;
  /** Those of an account, the last used first. */
  readonly listOfAccount: (accountId: string) => Promise<readonly Consent[]>;
  /** Notes that consents were used. */
  readonly recordUse: (uses: readonly { readonly id: string; readonly at: EpochSeconds }[]) => Promise<void>;
}

/** What a request asks a person to allow. */
export function askedBy({ scopes, audience, claims, target }: AuthorizationRequest): AllowedByPerson {
  const singly = new Set([...Object.keys(claims.userinfo), ...Object.keys(claims.id_token)]);
  return {
    scopes,
    audiences: audience,
    claims: claimsBeside(scopes, singly),
    redirectHosts: [redirectHostOf(target.redirectUri)],
  };
}

/** Whether nothing that is asked goes beyond what the person has allowed; a scope covers the claims that it asks for. */
export function covers({ allowed }: Pick<Consent, 'allowed'>, asked: AllowedByPerson): boolean {
  return (
    includesAll(allowed.scopes, asked.scopes) &&
    includesAll(allowed.audiences, asked.audiences) &&
    includesAll(allowed.claims, claimsBeside(allowed.scopes, new Set(asked.claims))) &&
    includesAll(allowed.redirectHosts, asked.redirectHosts)
  );
}

/** The two together. */
export function merge(allowed: AllowedByPerson, asked: AllowedByPerson): AllowedByPerson {
  return {
    scopes: union(allowed.scopes, asked.scopes),
    audiences: union(allowed.audiences, asked.audiences),
    claims: union(allowed.claims, asked.claims),
    redirectHosts: union(allowed.redirectHosts, asked.redirectHosts),
  };
}

/** Of `names`, the claims about a person that none of `scopes` asks for. Others are never answered. */
function claimsBeside(scopes: readonly string[], names: ReadonlySet<string>): readonly string[] {
  return Object.entries(claimsOfScopes)
    .filter(([scope]) => !scopes.includes(scope))
    .flatMap(([, claims]) => claims.filter((claim) => names.has(claim)));
}

function includesAll(all: readonly string[], some: readonly string[]): boolean {
  return some.every((entry) => all.includes(entry));
}

function union(first: readonly string[], second: readonly string[]): readonly string[] {
  return [...new Set([...first, ...second])];
}
