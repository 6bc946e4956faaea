import type { AccountStore } from '../../accounts/account.ts';
import { requireSecret } from '../client-authentication/index.ts';
import { OAuthError } from '../errors.ts';
import type { AccessTokenStore } from '../store.ts';
import { storeAccessToken } from '../tokens/access-token.ts';
import type { Authorization, Grant } from './grant.ts';

/** What the grant is made of. */
export interface ClientCredentialsDeps {
  readonly accounts: Pick<AccountStore, 'load'>;
  readonly accessTokens: Pick<AccessTokenStore, 'insert'>;
}

/**
 * The client acts for itself (RFC 6749 §4.4), or in the name of the account that its record names. It always needs a
 * secret. No person takes part.
 */
export function createClientCredentialsGrant(deps: ClientCredentialsDeps): Grant {
  const commit: Authorization['commit'] = async ({ answer, accessToken }) => {
    await storeAccessToken(deps.accessTokens, accessToken);
    return answer;
  };

  const withoutPerson = (subject: string): Authorization => ({
    kind: 'granted',
    subject,
    person: null,
    refreshToken: null,
    commit,
  });

  const authorizeAccount = async (accountId: string): Promise<Authorization> => {
    const account = await deps.accounts.load(accountId);
    if (account === undefined || account.disabled) {
      throw new OAuthError('invalid_grant', 'The account that the client acts for is not available.', {
        detail: `account ${accountId} is ${account === undefined ? 'absent' : 'disabled'}`,
      });
    }
    return withoutPerson(account.id);
  };

  return {
    authorize({ authenticated }) {
      requireSecret(authenticated);
      const { id, clientCredentialsSubject } = authenticated.client;
      return clientCredentialsSubject === null
        ? withoutPerson(id)
        : authorizeAccount(clientCredentialsSubject);
    },
  };
}
