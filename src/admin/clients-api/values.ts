import { z } from 'zod';

/** A boolean, or `"true"` or `"false"`. */
export const flag = z
  .union([z.boolean(), z.enum(['true', 'false'])])
  .transform((value) => value === true || value === 'true');

/** An integer, or its digits. */
export const integer = z.union([z.int(), z.string().regex(/^-?\d{1,15}$/)]).transform(Number);

/** An id; upper-case letters in a UUID mean the same (RFC 9562 §4). */
export const identifier = z.string().transform((id) => id.toLowerCase());
