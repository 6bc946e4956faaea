import { z } from 'zod';
import type { AddressClaim, ProfileClaims } from './account.ts';

/** What the standard claims of an account may be (OpenID Connect Core §5.1). */

const text = z.string().min(1).max(255).describe('1 to 255 characters.');
const lines = z.string().min(1).max(1000).describe('1 to 1000 characters, with line breaks.');

function isWebUrl(value: string): boolean {
  return URL.canParse(value) && ['https:', 'http:'].includes(new URL(value).protocol);
}

const webUrl = z
  .string()
  .max(2000)
  .refine(isWebUrl, 'must be an http or https URL')
  .describe('http or https URL.');

/** A year, 0000 where it is withheld, or a whole date (ISO 8601-1). */
function isBirthdate(value: string): boolean {
  if (/^\d{4}$/.test(value)) return true;
  // A leap year stands for one that is withheld.
  const date = value.replace(/^0000/, '2000');
  return /^\d{4}-\d{2}-\d{2}$/.test(date) && z.iso.date().safeParse(date).success;
}

function isLocale(value: string): boolean {
  try {
    return Intl.getCanonicalLocales(value.replace('_', '-')).length === 1;
  } catch {
    return false;
  }
}

function isTimeZone(value: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

const address = z.strictObject({
  formatted: lines.optional(),
  street_address: lines.optional(),
  locality: text.optional(),
  region: text.optional(),
  postal_code: text.optional(),
  country: text.optional(),
} satisfies Record<keyof AddressClaim, z.ZodType>);

/** The schema of the claims that an account has beside its id, its user name and its e-mail address. */
export const profileClaims = z.strictObject({
  name: text.optional(),
  given_name: text.optional(),
  family_name: text.optional(),
  middle_name: text.optional(),
  nickname: text.optional(),
  profile: webUrl.optional(),
  picture: webUrl.optional(),
  website: webUrl.optional(),
  gender: text.optional(),
  birthdate: z
    .string()
    .refine(isBirthdate, 'must be a date like 1990-12-31, 0000-12-31 or a year')
    .describe('`1990-12-31`; `0000-12-31` where the year is withheld; or a year.')
    .optional(),
  zoneinfo: z
    .string()
    .refine(isTimeZone, 'must be a time zone like Europe/Berlin')
    .describe('Time zone, `Europe/Berlin`.')
    .optional(),
  locale: z
    .string()
    .max(64)
    .refine(isLocale, 'must be a language tag like de-CH')
    .describe('Language tag, `de-CH`.')
    .optional(),
  phone_number: z
    .string()
    .regex(/^\+[1-9][\d ()-]{3,28}(;ext=\d{1,10})?$/, 'must be a number like +41 44 123 45 67')
    .describe('`+41 44 123 45 67`, with `;ext=` where there is an extension.')
    .optional(),
  phone_number_verified: z.boolean().describe('Whether it is known to be theirs.').optional(),
  address: address.optional(),
} satisfies Record<keyof ProfileClaims, z.ZodType>);

/** The claims that `input` is, once parsed. @throws z.ZodError */
export function parseProfileClaims(input: unknown): ProfileClaims {
  return withoutAbsent(profileClaims.parse(input));
}

/** A key that is there and undefined is absent: what is stored is JSON. */
function withoutAbsent(parsed: z.output<typeof profileClaims>): ProfileClaims {
  return JSON.parse(JSON.stringify(parsed)) as ProfileClaims;
}
