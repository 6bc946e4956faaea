import { authenticationFailed, type CredentialsReader } from './method.ts';

/** The id alone (OpenID Connect Core §9): used when a request uses no other method. */
export const none: CredentialsReader = {
  isUsed: () => true,
  read({ form }) {
    const clientId = form.get('client_id');
    if (clientId === undefined) throw authenticationFailed('the request names no client');
    return { method: 'none', clientId };
  },
};
