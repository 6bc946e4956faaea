import { requireParameter } from '../form.ts';
import type { ClientAuthenticationMethod } from './method.ts';

/** The secret in the body (RFC 6749 §2.3.1). */
export const clientSecretPost: ClientAuthenticationMethod = {
  isUsed: ({ form }) => form.get('client_secret') !== undefined,
  read: ({ form }) => ({
    clientId: requireParameter(form, 'client_id'),
    secret: requireParameter(form, 'client_secret'),
  }),
};
