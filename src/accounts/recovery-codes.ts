import { randomOctets } from '../kernel/random.ts';
import { type MacKeeper, macText, parseMac } from './mac-keeper.ts';
import type { SecondFactorStore } from './second-factor-store.ts';

/** Single-use codes for the day on which the authenticator app is lost. */
export interface RecoveryCodes {
  /** New codes, and what is stored of them. */
  readonly make: (accountId: string) => {
    readonly codes: readonly string[];
    readonly hashes: readonly string[];
  };
  /** Uses a code up; false: it is none, or was used. */
  readonly use: (accountId: string, code: string) => Promise<boolean>;
}

const codesAtOnce = 10;
/** No letter that is taken for a digit or another (Crockford's base 32): 5 bits each. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const lengthOfCode = 12;
const lengthOfGroup = 4;

/** Makes recovery codes over their store. A code has 60 bits, and its MAC needs a key that is not in the database in clear. */
export function createRecoveryCodes(deps: {
  readonly store: Pick<SecondFactorStore, 'recoveryHashes' | 'useRecoveryHash'>;
  readonly macs: MacKeeper;
}): RecoveryCodes {
  const { store, macs } = deps;
  return {
    make: (accountId) => {
      const codes = Array.from({ length: codesAtOnce }, makeCode);
      const hashes = codes.map((code) => macText(macs.makeVerifier(authenticatedText(accountId, code))));
      return { codes, hashes };
    },
    use: async (accountId, code) => {
      if (normalize(code).length !== lengthOfCode) return false;
      const text = authenticatedText(accountId, code);
      const hash = (await store.recoveryHashes(accountId)).find((stored) => {
        const mac = parseMac(stored);
        return mac !== undefined && macs.matches(text, mac);
      });
      return hash !== undefined && (await store.useRecoveryHash(accountId, hash)) === 'used';
    },
  };
}

/** `4k7m-90xp-ztr2` */
function makeCode(): string {
  const letters = [...randomOctets(lengthOfCode)].map((octet) => alphabet[octet % alphabet.length]).join('');
  return letters.replace(new RegExp(`(.{${lengthOfGroup}})(?=.)`, 'g'), '$1-');
}

/** However a person has typed it. */
function normalize(code: string): string {
  return code
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '')
    .replaceAll('o', '0')
    .replaceAll(/[il]/g, '1');
}

/** No client secret, which the same keys verify, has a line break. */
function authenticatedText(accountId: string, code: string): string {
  return `recovery code\n${accountId}\n${normalize(code)}`;
}
