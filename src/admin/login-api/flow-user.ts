import type { Accounts } from '../../accounts/accounts.ts';
import type { Client } from '../../clients/client.ts';
import { readUuid } from '../../kernel/random.ts';
import { LoginApiError } from './errors.ts';

/** An account as a request names it, looked up. */
export interface NamedAccount {
  readonly reference: string;
  /** Undefined: there is none. */
  readonly id: string | undefined;
}

/** Looks up the account that a request names by id or user name. */
export type FindAccount = (reference: string) => Promise<NamedAccount>;

/** No user name holds one, and no storage takes a NUL. */
const control = /\p{Cc}/u;

/** Makes the look-up. An id comes first: a user name that reads like one must not stand for another account. */
export function createAccountFinder(accounts: Pick<Accounts, 'load' | 'findByUsername'>): FindAccount {
  return async (reference) => {
    if (control.test(reference)) return { reference, id: undefined };
    const id = readUuid(reference);
    const byId = id === undefined ? undefined : await accounts.load(id);
    return { reference, id: (byId ?? (await accounts.findByUsername(reference)))?.id };
  };
}

/**
 * The id of the account that a change of `client` sets. What the client has already is accepted back, whatever became of it.
 * @throws LoginApiError `user_not_found`
 */
export function accountFor({ reference, id }: NamedAccount, client: Client): string {
  if (reference === client.clientCredentialsSubject) return reference;
  if (id === undefined)
    throw new LoginApiError(404, 'user_not_found', 'No account has this id or user name.');
  return id;
}
