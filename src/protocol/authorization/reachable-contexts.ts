import type { PasskeyStore } from '../../accounts/passkey.ts';
import type { SecondFactorStore } from '../../accounts/second-factor-store.ts';
import { authenticationContexts, isBelowWish, wishedContexts } from './authentication-context.ts';
import type { AuthorizationRequest } from './authorization-request.ts';
import { isAtHome, type Person } from './people.ts';

/** Where it stands what an account can prove beside its password. */
export interface FurtherProofs {
  readonly passkeys: Pick<PasskeyStore, 'listOf'>;
  readonly secondFactors: Pick<SecondFactorStore, 'load'>;
}

const [oneFactor] = authenticationContexts;
const none: readonly string[] = [];

/**
 * The classes that a person reaches by signing in here once more: both with a passkey or an authenticator app, the weaker one with a
 * password alone. Read only for a request whose wish the session does not meet; of another provider it is not known, so none.
 */
export async function readReachableContexts(
  { passkeys, secondFactors }: FurtherProofs,
  request: AuthorizationRequest,
  person: Person | null,
): Promise<readonly string[]> {
  const wishes = wishedContexts(request);
  if (wishes.length === 0 || person === null || !isAtHome(request)) return none;
  const { session, account } = person;
  if (!isBelowWish(session.acr, wishes, authenticationContexts)) return none;
  const [keys, app] = await Promise.all([passkeys.listOf(account.id), secondFactors.load(account.id)]);
  return keys.length > 0 || app?.confirmed === true ? authenticationContexts : [oneFactor];
}
