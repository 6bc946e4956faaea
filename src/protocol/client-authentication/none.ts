import { authenticationFailed, type ClientAuthenticationMethod } from './method.ts';

/** The id alone (OpenID Connect Core §9): used when a request uses no other method. */
export const none: ClientAuthenticationMethod = {
  isUsed: () => true,
  read({ form }) {
    const clientId = form.get('client_id');
    if (clientId === undefined) throw authenticationFailed('the request names no client');
    return { clientId, secret: null };
  },
};
