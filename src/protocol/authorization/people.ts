import type { Account, AccountStore } from '../../accounts/account.ts';
import { usernameKey } from '../../accounts/username.ts';
import type { StoredClient } from '../../clients/store.ts';
import { builtInIdentityProvider } from '../../identity-providers/identity-provider.ts';
import type { EpochSeconds } from '../../kernel/clock.ts';
import type { Session } from '../../sessions/session.ts';
import { isPlaceOf, providerIdOf } from '../client-provider.ts';
import type { AuthorizationProgress, AuthorizationRequest } from './authorization-request.ts';
import { insistedValues } from './claims-parameter.ts';
import type { Consent, ConsentStore } from './consent.ts';

/** Somebody who is signed in at the browser, with what they have allowed the client. */
export interface Person {
  readonly session: Session;
  readonly account: Account;
  /** Null: nothing. */
  readonly consent: Consent | null;
}

/** Reads who is signed in, all at once. Whose account is gone is left out. */
export async function loadPeople(
  stores: {
    readonly accounts: Pick<AccountStore, 'load'>;
    readonly consents: Pick<ConsentStore, 'find'>;
  },
  sessions: readonly Session[],
  clientId: string,
): Promise<readonly Person[]> {
  const people = await Promise.all(
    sessions.map(async (session) => {
      const [account, consent = null] = await Promise.all([
        stores.accounts.load(session.accountId),
        stores.consents.find(clientId, session.accountId),
      ]);
      return account && { session, account, consent };
    }),
  );
  return people.filter((person) => person !== undefined);
}

/** Whether a session counts for a client: it lives, its account is not disabled, and the person signed in where the client wants it. */
export function counts({ session, account }: Person, stored: StoredClient, now: EpochSeconds): boolean {
  return session.expiresAt > now && !account.disabled && isPlaceOf(session, stored);
}

/** Whether people of the client sign in with the accounts of this server. */
export function isAtHome({ client }: Pick<AuthorizationRequest, 'client'>): boolean {
  return providerIdOf(client) === builtInIdentityProvider.id;
}

/** Who it must be for the request to be answered: by `id_token_hint`, and by `sub` in `claims`. Null: anybody. */
export function namedSubjects({ hintedSubject, claims }: AuthorizationRequest): readonly string[] | null {
  const insisted = insistedValues(claims.id_token['sub']);
  const asked = insisted?.filter((value) => typeof value === 'string') ?? null;
  if (hintedSubject === null) return asked;
  return asked === null || asked.includes(hintedSubject) ? [hintedSubject] : [];
}

/**
 * Who of those that count the request is about: whoever has signed in for it or was chosen; else whom it names; else whom `login_hint`
 * fits; else who was here last. Null: nobody.
 */
export function choosePerson(
  people: readonly Person[],
  request: AuthorizationRequest,
  progress: AuthorizationProgress,
): Person | null {
  const subjects = namedSubjects(request);
  const chosen = people.find(({ session }) => session.id === progress.sessionId);
  const named = people.find(({ account }) => subjects?.includes(account.id));
  const hinted = people.find(({ account }) => fitsHint(account, request.loginHint));
  return chosen ?? named ?? (subjects === null ? hinted : undefined) ?? people[0] ?? null;
}

/** By what nobody else can be called, so that no session is put in the place of another by an address that somebody has made up. */
function fitsHint({ username, email, emailVerified }: Account, hint: string | null): boolean {
  return isAmong([username, emailVerified ? email : null], hint);
}

/** Whether `login_hint` is nothing that an account is called by, be it an id, or an address that nobody has verified. */
export function isNotHintedAt({ id, username, email }: Account, hint: string | null): boolean {
  return hint !== null && !isAmong([id, username, email], hint);
}

/** Compared as user names are when somebody signs in. */
function isAmong(names: readonly (string | null)[], hint: string | null): boolean {
  return hint !== null && names.some((name) => name !== null && usernameKey(name) === usernameKey(hint));
}
