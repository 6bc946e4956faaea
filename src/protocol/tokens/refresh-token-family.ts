import { sha256, toBase64url } from '../../kernel/encoding.ts';
import { randomOctets } from '../../kernel/random.ts';
import type { FamilyReference } from '../stored-grant.ts';

/**
 * What every refresh token of one family ends with: the grant that it comes from, and 128 bits that nobody else knows. So it shows whose
 * it is when its own row is gone, and who has none of the family can name none.
 */
const familyEnding =
  /^clr_[0-9a-f]{16}[\w-]{43}(([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})[\w-]{22})$/;

/** The ending of a new family of a grant. */
export function makeFamilyEnding(grantId: string): string {
  return grantId.replaceAll('-', '') + toBase64url(randomOctets(16));
}

/** The ending of the family that `token` belongs to; undefined: to none, or to one of before there were any. */
export function familyEndingOf(token: string): string | undefined {
  return familyEnding.exec(token)?.[1];
}

/** What a family is found by. */
export function familyReference(token: string): FamilyReference | undefined {
  const [, ending, ...parts] = familyEnding.exec(token) ?? [];
  return ending === undefined ? undefined : { grantId: parts.join('-'), family: sha256(ending) };
}
