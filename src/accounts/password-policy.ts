import { comparable, createKnownPasswords, type IsKnownPassword } from './known-passwords.ts';
import { longestPassword } from './passwords.ts';

/** Why a password cannot be chosen. */
export type PasswordFault = 'password-too-short' | 'password-too-long' | 'password-known';

/** Whose password it is to be. */
export interface PasswordOwner {
  readonly username: string;
  readonly email: string | null;
}

/** What a password must be that a person chooses: long enough, and not one that others try first. Nothing is asked of its composition. */
export interface PasswordPolicy {
  /** What is wrong with `password`; undefined: nothing. */
  readonly faultOf: (password: string, owner: PasswordOwner) => Promise<PasswordFault | undefined>;
}

/** The least length where nothing is set. */
export const shortestPassword = 8;

/**
 * Makes the policy of NIST SP 800-63B §3.1.1.2.
 *
 * @param options.minimumLength in characters (Unicode code points); default: 8
 * @param options.serverNames what this service is called, and its host: nobody's password
 */
export function createPasswordPolicy(options: {
  readonly minimumLength?: number;
  readonly serverNames: readonly string[];
  readonly isKnown?: IsKnownPassword;
}): PasswordPolicy {
  const { minimumLength = shortestPassword, serverNames, isKnown = createKnownPasswords() } = options;
  return {
    faultOf: async (password, { username, email }) => {
      if (password.length > longestPassword) return 'password-too-long';
      if ([...password.normalize('NFKC')].length < minimumLength) return 'password-too-short';
      const words = [...serverNames.flatMap(partsOf), username, ...(email === null ? [] : partsOf(email))];
      const isGuessed = isMonotonous(password) || isDerived(password, words) || (await isKnown(password));
      return isGuessed ? 'password-known' : undefined;
    },
  };
}

/** A name or an address, and what stands between its dots and signs: `id.example.com` is `example` too. */
function partsOf(name: string): readonly string[] {
  return [name, ...name.split(/[^\p{L}\p{N}]+/u)];
}

/** Whether what is left of a password without digits and signs at its ends is one of `words`. */
function isDerived(password: string, words: readonly string[]): boolean {
  const whole = comparable(password);
  const core = coreOf(whole);
  return words
    .map(comparable)
    .filter((word) => word !== '')
    .some((word) => word === whole || (coreOf(word) !== '' && coreOf(word) === core));
}

function coreOf(text: string): string {
  return text.replace(/^\P{L}+|\P{L}+$/gu, '');
}

/** Two characters and no more, or a run through the alphabet or the digits. */
function isMonotonous(password: string): boolean {
  const points = [...comparable(password)].map((character) => character.codePointAt(0) ?? 0);
  if (new Set(points).size <= 2) return true;
  const steps = new Set(points.slice(1).map((point, index) => point - (points[index] ?? 0)));
  return steps.size === 1 && (steps.has(1) || steps.has(-1));
}
