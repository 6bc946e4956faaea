import { readUuid } from '../kernel/random.ts';

const longestUsername = 128;

/** Whether `text` can be a user name: 1 to 128 characters, no control characters, no white space at its ends. */
export function isUsername(text: string): boolean {
  return (
    text.length >= 1 &&
    text.length <= longestUsername &&
    text.isWellFormed() &&
    !/\p{Cc}/u.test(text) &&
    text === text.trim()
  );
}

/**
 * What a user name is found by: names that differ in case, or in how the same characters are encoded, are one name. It is shown as it
 * was written.
 * @see RFC 8265 §3.3, UsernameCaseMapped
 */
export function usernameKey(username: string): string {
  return username.normalize('NFKC').toLowerCase().normalize('NFKC');
}

/**
 * Whether a stranger may take `text` as a user name. Others read it: so it has no invisible character and none that turns the
 * direction of the text, no character that only looks like others together (Unicode form NFKC), and no two spaces. Nor does it read
 * like an id, which is somebody else's.
 */
export function isChoosableUsername(text: string): boolean {
  return (
    isUsername(text) &&
    text === text.normalize('NFKC') &&
    readUuid(text) === undefined &&
    !/[\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]| {2}/u.test(text)
  );
}
