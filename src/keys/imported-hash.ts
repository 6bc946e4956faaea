import { createHash, pbkdf2, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

/** Checks a secret against one parsed hash. */
type Check = (secret: string) => boolean | Promise<boolean>;

interface Scheme {
  readonly form: RegExp;
  /** What is wrong with the hash's parameters, or how a secret is checked against it. */
  readonly open: (groups: Readonly<Record<string, string>>, hash: string) => Check | string;
}

const derivePbkdf2 = promisify(pbkdf2);
const deriveScrypt = promisify<Buffer | string, Buffer, number, object, Buffer>(scrypt);

/** Loaded for the first hash of its kind: few servers ever meet one. */
const verifyBcrypt = async (secret: string, hash: string): Promise<boolean> =>
  (await import('@node-rs/bcrypt')).verify(secret, hash);
const verifyArgon2 = async (secret: string, hash: string): Promise<boolean> =>
  (await import('@node-rs/argon2')).verify(hash, secret);

/** What one check may cost: about a second of a thread, and memory in KiB. */
const most = {
  bcryptCost: 14,
  memoryKib: 131_072,
  argon2Passes: 8,
  parallelism: 16,
  pbkdf2Iterations: 1_500_000,
};
const tooCostly = 'has too high a cost';
const outOfRange = 'has parameters that its algorithm does not allow';

const hashNames = new Set(['sha1', 'sha256', 'sha384', 'sha512']);
/** Base64 as PHC strings have it, without padding. */
const strictBase64 = '[A-Za-z0-9+/]+';
/** The same, with passlib's `.` for `+`. */
const base64 = '[A-Za-z0-9+/.]+';

function isWithin(value: number, least: number, highest: number): boolean {
  return value >= least && value <= highest;
}

const schemes: readonly Scheme[] = [
  {
    form: /^\$2[aby]\$(?<cost>\d\d)\$[./A-Za-z0-9]{53}$/,
    open: ({ cost }, hash) => {
      if (Number(cost) < 4) return outOfRange;
      return Number(cost) > most.bcryptCost ? tooCostly : (secret) => verifyBcrypt(secret, hash);
    },
  },
  {
    form: new RegExp(
      `^\\$argon2(?:id|i|d)\\$v=19\\$m=(?<m>\\d+),t=(?<t>\\d+),p=(?<p>\\d+)\\$(?<salt>${strictBase64})\\$(?<key>${strictBase64})$`,
    ),
    // RFC 9106 §3.1
    open: ({ m, t, p, salt = '', key = '' }, hash) => {
      const [memory, passes, lanes] = [Number(m), Number(t), Number(p)];
      if (memory > most.memoryKib || passes > most.argon2Passes || lanes > most.parallelism) return tooCostly;
      if (lanes < 1 || passes < 1 || memory < 8 * lanes || octetsOf(salt).length < 8) return outOfRange;
      return isWithin(octetsOf(key).length, 16, 128) ? (secret) => verifyArgon2(secret, hash) : outOfRange;
    },
  },
  {
    form: new RegExp(
      `^\\$pbkdf2-(?<hashName>sha\\d+)\\$(?:i=)?(?<iterations>\\d+)(?:,l=\\d+)?\\$(?<salt>${base64})\\$(?<key>${base64})$`,
    ),
    open: ({ hashName = '', iterations, salt = '', key = '' }) => {
      const count = Number(iterations);
      if (!hashNames.has(hashName) || count < 1) return 'has an unknown hash function or no iterations';
      if (count > most.pbkdf2Iterations) return tooCostly;
      return checkDerived(key, (secret, length) =>
        derivePbkdf2(secret, octetsOf(salt), count, length, hashName),
      );
    },
  },
  {
    form: new RegExp(
      `^\\$scrypt\\$ln=(?<logN>\\d+),r=(?<r>\\d+),p=(?<p>\\d+)\\$(?<salt>${base64})\\$(?<key>${base64})$`,
    ),
    open: ({ logN, r, p, salt = '', key = '' }) => {
      const [N, blockSize, parallelism] = [2 ** Number(logN), Number(r), Number(p)];
      if (Number(logN) < 1 || blockSize < 1 || parallelism < 1) return outOfRange;
      // RFC 7914 §2: 128 · N · r octets for each of p runs, one after the other.
      if ((N * blockSize * parallelism) / 8 > most.memoryKib) return tooCostly;
      const options = { N, r: blockSize, p: parallelism, maxmem: 256 * N * blockSize * parallelism };
      return checkDerived(key, (secret, length) => deriveScrypt(secret, octetsOf(salt), length, options));
    },
  },
  {
    form: /^\{(?<salted>S?)SHA(?<bits>256|384|512)\}(?<value>[A-Za-z0-9+/]+=*)$/,
    open: ({ salted, bits, value = '' }) => {
      const octets = Buffer.from(value, 'base64');
      const length = Number(bits) / 8;
      if (salted ? octets.length <= length : octets.length !== length) return 'has the wrong length';
      const [digest, salt] = [octets.subarray(0, length), octets.subarray(length)];
      return (secret) =>
        timingSafeEqual(createHash(`sha${bits}`).update(secret).update(salt).digest(), digest);
    },
  },
];

function checkDerived(
  key: string,
  derive: (secret: string, length: number) => Promise<Buffer>,
): Check | string {
  const expected = octetsOf(key);
  if (expected.length < 16 || expected.length > 128) return 'has the wrong length';
  return async (secret) => timingSafeEqual(await derive(secret, expected.length), expected);
}

function octetsOf(text: string): Buffer {
  return Buffer.from(text.replaceAll('.', '+'), 'base64');
}

function openHash(hash: string): Check | string {
  for (const { form, open } of schemes) {
    const match = form.exec(hash);
    if (match) return open(match.groups ?? {}, hash);
  }
  return 'is none of bcrypt, argon2, PBKDF2 or scrypt in PHC form, or {SHA256}, {SHA384}, {SHA512} and their salted forms';
}

/** What is wrong with a hash that another server has made of a secret; undefined when it can be verified here. */
export function importedHashFault(hash: string): string | undefined {
  const opened = openHash(hash);
  return typeof opened === 'string' ? opened : undefined;
}

/**
 * Whether `secret` is the one behind an imported hash; computed off the event loop where it costs. A hash that its algorithm
 * refuses all the same matches nothing.
 */
export async function matchesImportedHash(secret: string, hash: string): Promise<boolean> {
  const opened = openHash(hash);
  if (typeof opened === 'string') return false;
  try {
    return await opened(secret);
  } catch {
    return false;
  }
}
