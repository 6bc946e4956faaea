import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { AuditOf } from '../kernel/audit.ts';
import type { Clock } from '../kernel/clock.ts';
import type { JsonObject, JsonValue } from '../kernel/encoding.ts';
import { randomOctets } from '../kernel/random.ts';
import { untilSettled } from '../kernel/until-settled.ts';
import type { Account, AccountStore, ProfileClaims } from './account.ts';
import { newAccount } from './accounts.ts';
import type { FederatedIdentity, FederatedIdentityStore } from './federated-identity-store.ts';
import { profileClaims } from './profile-claims.ts';
import { isChoosableUsername } from './username.ts';

/** Who somebody is at an identity provider, and what it says of them. */
export interface FederatedPerson {
  readonly issuer: string;
  readonly subject: string;
  /** By the names of OpenID Connect Core §5.1; what is not of its form is left out. */
  readonly claims: JsonObject;
}

/** The accounts of people who sign in at other identity providers. */
export interface FederatedAccounts {
  /**
   * The account of a person, as the provider describes them; one is made when they first come. It is known by provider, issuer and
   * subject alone: no account becomes theirs because of a name or an address, which are whatever the provider lets people choose.
   * Undefined: it is disabled, or the provider is gone.
   */
  readonly accountOf: (
    providerId: string,
    person: FederatedPerson,
    audit: AuditOf,
  ) => Promise<Account | undefined>;
}

/** What it needs. */
export interface FederatedAccountsDependencies {
  readonly store: FederatedIdentityStore;
  readonly accounts: Pick<AccountStore, 'load' | 'replace'>;
  readonly clock: Clock;
}

/** Makes it. */
export function createFederatedAccounts(deps: FederatedAccountsDependencies): FederatedAccounts {
  return {
    accountOf: async (providerId, { issuer, subject, claims }, audit) => {
      const identity = { providerId, issuer, subject };
      let tries = 0;
      const outcome = await untilSettled(async () => {
        const id = await deps.store.find(identity);
        return id === undefined
          ? makeAccount({ ...deps, audit }, identity, claims, tries++)
          : updateAccount(deps, id, claims);
      });
      if (outcome === 'conflict') {
        throw new Error('the account of a federated person keeps being changed by others');
      }
      return outcome === 'gone' || outcome.disabled ? undefined : outcome;
    },
  };
}

/** `conflict`: others were quicker to make it, or to take its name. `gone`: the provider was deleted. */
async function makeAccount(
  { store, clock, audit }: FederatedAccountsDependencies & { readonly audit: AuditOf },
  identity: FederatedIdentity,
  claims: JsonObject,
  tries: number,
): Promise<Account | 'conflict' | 'gone'> {
  const at = clock.now();
  const bare = newAccount({ id: null, username: usernameOf(claims, tries), origin: 'provider', at });
  const account = { ...bare, ...described(bare, claims) };
  const entry = audit('account.created', account.id);
  const outcome = await store.insert(account, { ...identity, at }, [entry]);
  if (outcome === 'inserted') return account;
  return outcome === 'gone' ? outcome : 'conflict';
}

/** The account as the provider describes it now; `conflict`: others have changed or deleted it meanwhile. */
async function updateAccount(
  { accounts, clock }: FederatedAccountsDependencies,
  id: string,
  claims: JsonObject,
): Promise<Account | 'conflict'> {
  const stored = await accounts.load(id);
  if (stored === undefined) return 'conflict';
  const account = { ...stored, ...described(stored, claims) };
  if (stored.disabled || isDeepStrictEqual(account, stored)) return stored;
  const changed = { ...account, updatedAt: clock.now() };
  const outcome = await accounts.replace(changed);
  return outcome === 'replaced' ? { ...changed, revision: stored.revision + 1 } : 'conflict';
}

const emailAddress = z.email().max(254);

/** What a provider decides about an account: all but its user name. An address that it says nothing of stays. */
function described(
  account: Account,
  claims: JsonObject,
): Pick<Account, 'email' | 'emailVerified' | 'claims'> {
  const profile = readProfile(claims);
  if (claims['email'] === undefined) {
    return { email: account.email, emailVerified: account.emailVerified, claims: profile };
  }
  const email = emailAddress.safeParse(claims['email']).data ?? null;
  return { email, emailVerified: email !== null && claims['email_verified'] === true, claims: profile };
}

/** The claims that are of their form: a provider's mistake in one is no reason to keep the person out. */
function readProfile(claims: JsonObject): ProfileClaims {
  const entries = Object.entries(profileClaims.shape).flatMap(([name, schema]) => {
    const { data } = schema.safeParse(claims[name]);
    return data === undefined ? [] : [[name, data] as const];
  });
  return Object.fromEntries(entries) as ProfileClaims;
}

const longestSuffix = 9;

/** A name for a new account: what the provider calls the person, with a suffix where that is taken, or a made-up one. */
function usernameOf(claims: JsonObject, tries: number): string {
  const suffix = randomOctets(4).toString('hex');
  const wanted = [claims['preferred_username'], claims['email_verified'] === true && claims['email']];
  const name = wanted.find(isUsable);
  if (name === undefined) return `person-${suffix}`;
  return tries === 0 ? name : `${name}-${suffix}`;
}

function isUsable(name: JsonValue | undefined): name is string {
  return (
    typeof name === 'string' &&
    isChoosableUsername(name) &&
    isChoosableUsername(name + 'x'.repeat(longestSuffix))
  );
}
