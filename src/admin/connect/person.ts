import { Code, ConnectError, type HandlerContext } from '@connectrpc/connect';
import type { Account } from '../../accounts/account.ts';
import { callerOf } from './admission.ts';

/** The account that a caller's token is in the name of, with the scopes of the token. */
export interface Person {
  readonly account: Account;
  readonly scopes: ReadonlySet<string>;
}

/** Finds whom a call is about: the person who calls, and nobody else. @throws ConnectError `permission_denied` */
export type FindPerson = (context: HandlerContext) => Promise<Person>;

/** Makes it. The token of a client that acts for itself is in nobody's name. */
export function createFindPerson(loadAccount: (id: string) => Promise<Account | undefined>): FindPerson {
  return async (context) => {
    const { subject, scopes } = callerOf(context).actor;
    const account = await loadAccount(subject);
    if (account === undefined || account.disabled) {
      throw new ConnectError('the access token is in the name of no person', Code.PermissionDenied);
    }
    return { account, scopes };
  };
}
