import { z } from 'zod';
import { identityProviderTypes } from '../../identity-providers/identity-provider.ts';
import { identifier } from './values.ts';

/** What a request may say of an identity provider. */
export const providerFields = {
  id: identifier.nullable().meta({ format: 'uuid', description: 'Read-only: made on creation.' }),
  name: z.string().meta({ minLength: 1, maxLength: 255, description: 'One line that people read, unique.' }),
  type: z.string().meta({
    enum: [...identityProviderTypes],
    description: 'How it proves who a person is. `internal`, by the accounts of this server, on creation.',
  }),
} as const;

/** An identity provider as every answer shows it. */
export const providerShown = z.object({
  id: z.guid(),
  name: z.string(),
  type: z.enum(identityProviderTypes),
});
