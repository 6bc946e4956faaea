import { z } from 'zod';
import { flag, identifier } from './values.ts';

/** What a request may say of a scope. */
export const scopeFields = {
  id: identifier.nullable().meta({ format: 'uuid', description: 'Read-only: made on creation.' }),
  name: z.string().meta({
    minLength: 1,
    maxLength: 128,
    pattern: '^[\\x21\\x23-\\x5b\\x5d-\\x7e]+$',
    description:
      'One scope-token of RFC 6749 Appendix A.4, unique. Clients that have the scope keep it under its next name. Reserved are `*:manage:all`, `oauth:*`, `admin` and `admin:*`.',
  }),
  label: z.string().nullable().meta({
    maxLength: 255,
    description: 'What people read when they are asked for consent; null: the name.',
  }),
  public: flag.meta({ description: 'Every client may ask for it. False on creation.' }),
} as const;

/** A scope as every answer shows it. */
export const scopeShown = z.object({
  id: z.guid(),
  name: z.string(),
  label: z.string().nullable(),
  public: z.boolean(),
});
