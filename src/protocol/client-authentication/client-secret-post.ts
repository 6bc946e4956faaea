import { requireParameter } from '../form.ts';
import type { CredentialsReader } from './method.ts';

/** The secret in the body (RFC 6749 §2.3.1). */
export const clientSecretPost: CredentialsReader = {
  isUsed: ({ form }) => form.get('client_secret') !== undefined,
  read: ({ form }) => ({
    method: 'client_secret_post',
    clientId: requireParameter(form, 'client_id'),
    secret: requireParameter(form, 'client_secret'),
  }),
};
