import { createTurns } from '../kernel/turns.ts';

/** Cost of one argon2id hash. */
export interface PasswordCost {
  /** KiB. */
  readonly memoryCost: number;
  /** Passes. */
  readonly timeCost: number;
  /** Lanes. */
  readonly parallelism: number;
}

/** Above the OWASP minimum of 19 MiB and two passes. @see RFC 9106 §4 */
const passwordCost: PasswordCost = { memoryCost: 32_768, timeCost: 3, parallelism: 1 };

/** The most characters (UTF-16 code units) of a password that are looked at; a longer one is refused. */
export const longestPassword = 1024;

/** Too many passwords wait to be checked: the request was not carried out and may be sent again. */
export class PasswordsBusyError extends Error {
  override readonly name = 'PasswordsBusyError';
}

/** Does the work of a turn, with what belongs to it before and behind. */
export type InTurn = (work: () => Promise<boolean>) => Promise<boolean>;

/** Makes and verifies password hashes, off the event loop and a bounded number at a time. */
export interface Passwords {
  /**
   * A PHC string (argon2id) of the password in Unicode form NFKC (NIST SP 800-63B §3.1.1.2).
   * @throws RangeError when the password is empty or longer than 1024 characters
   * @throws PasswordsBusyError
   */
  readonly hash: (password: string) => Promise<string>;
  /**
   * Whether `password` is the one behind `passwordHash`. For null, which stands for an account that is absent or has
   * no password, it answers false after the same work, so that the time does not tell who exists.
   * @param inTurn what the work is done in, when its turn has come; default: nothing else
   * @throws PasswordsBusyError
   */
  readonly verify: (password: string, passwordHash: string | null, inTurn?: InTurn) => Promise<boolean>;
  /** Whether a hash was made at another cost than today's, and should be made again while the password is known. */
  readonly needsRehash: (passwordHash: string) => boolean;
}

/** Loaded when the first password is looked at: few starts look at one. */
const loadArgon2 = () => import('@node-rs/argon2');

/**
 * @param options.cost default: `passwordCost`
 * @param options.concurrency hashes at once; each occupies a thread of the pool that file access needs too
 * @param options.waiting the most calls that wait for a turn
 */
export function createPasswords(
  options: { readonly cost?: PasswordCost; readonly concurrency?: number; readonly waiting?: number } = {},
): Passwords {
  const { cost = passwordCost, concurrency = 2, waiting = 64 } = options;
  const refuse = () => new PasswordsBusyError('too many passwords wait to be checked');
  const takeTurn = createTurns({ running: concurrency, waiting, refuse });
  const decoy = decoyHash(cost);

  const verify: Passwords['verify'] = async (password, passwordHash, inTurn = (work) => work()) => {
    if (!isAcceptable(password)) return inTurn(async () => false);
    const argon2 = await loadArgon2();
    const compare = async (): Promise<boolean> => {
      const matches = await argon2.verify(passwordHash ?? decoy, password.normalize('NFKC'));
      return matches && passwordHash !== null;
    };
    return takeTurn(() => inTurn(compare));
  };

  return {
    hash: async (password) => {
      if (!isAcceptable(password)) throw new RangeError(`a password has 1 to ${longestPassword} characters`);
      const argon2 = await loadArgon2();
      return takeTurn(() => argon2.hash(password.normalize('NFKC'), { ...cost }));
    },
    verify,
    needsRehash: (passwordHash) => !passwordHash.startsWith(prefixOf(cost)),
  };
}

/** How a hash of this cost begins. */
function prefixOf({ memoryCost, timeCost, parallelism }: PasswordCost): string {
  return `$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$`;
}

/** A hash that costs as much to check as a real one. */
function decoyHash(cost: PasswordCost): string {
  const [salt, digest] = [Buffer.alloc(16), Buffer.alloc(32)].map((octets) =>
    octets.toString('base64').replace(/=+$/, ''),
  );
  return `${prefixOf(cost)}${salt}$${digest}`;
}

function isAcceptable(password: string): boolean {
  return password.length > 0 && password.length <= longestPassword;
}
