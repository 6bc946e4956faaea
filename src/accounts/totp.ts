import type { AuditOf } from '../kernel/audit.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Account, AccountStore } from './account.ts';
import type { MacKeeper } from './mac-keeper.ts';
import { createRecoveryCodes } from './recovery-codes.ts';
import { type SecondFactorStore, totpContext } from './second-factor-store.ts';
import { describeTotpSecret, isTotpCode, makeTotpSecret, stepOfCode } from './totp-code.ts';

/** Port: keeps short secrets in the database such that the database alone does not reveal them. */
export interface SecretVault {
  readonly seal: (plaintext: Uint8Array, context: string) => string;
  readonly open: (sealed: string, context: string) => Buffer;
}

/** Where an account stands with its authenticator app. */
export type TotpState =
  | { readonly state: 'off' }
  /** `secret` for typing, `uri` for a QR code (`otpauth:`). */
  | { readonly state: 'pending'; readonly secret: string; readonly uri: string }
  | { readonly state: 'on'; readonly recoveryCodesLeft: number };

/**
 * Authenticator apps and recovery codes of accounts.
 *
 *     off ──begin──► pending ──confirm──► on ──end──► off
 *                     ▲   │                │
 *                     └───┘ begin: another └─ renewRecoveryCodes
 */
export interface Totp {
  readonly stateOf: (accountId: string) => Promise<TotpState>;
  /** Makes a secret. `on`: there is one that works, which stays. */
  readonly begin: (account: Pick<Account, 'id'>) => Promise<'begun' | 'on'>;
  /** Proves that the app has the secret; answers recovery codes, which are not to be had again. Undefined: the code is wrong. */
  readonly confirm: (
    accountId: string,
    code: string,
    audit: AuditOf,
  ) => Promise<readonly string[] | undefined>;
  /** Takes the app and the recovery codes away; answers whether the app was on. */
  readonly end: (accountId: string, audit: AuditOf) => Promise<boolean>;
  /** New recovery codes in the place of all before. Undefined: the account has no app. */
  readonly renewRecoveryCodes: (accountId: string, audit: AuditOf) => Promise<readonly string[] | undefined>;
  /** Whether signing in asks for a code. */
  readonly isOn: (accountId: string) => Promise<boolean>;
  /** Uses a code of the app, or a recovery code, up. False: it is none, or was used. */
  readonly use: (accountId: string, code: string) => Promise<boolean>;
}

/** What authenticator apps need. */
export interface TotpDependencies {
  readonly store: SecondFactorStore;
  readonly accounts: Pick<AccountStore, 'load'>;
  readonly vault: SecretVault;
  readonly macs: MacKeeper;
  readonly clock: Clock;
  /** What the app shows beside the user name. */
  readonly serverName: string;
}

/** Makes it over its store. */
export function createTotp(deps: TotpDependencies): Totp {
  const { store, accounts, vault, clock, serverName } = deps;
  const recoveryCodes = createRecoveryCodes(deps);

  /** The secret and the step that `code` proves. */
  const prove = async (accountId: string, code: string) => {
    const stored = await store.load(accountId);
    if (stored === undefined) return undefined;
    const secret = vault.open(stored.sealed, totpContext(accountId));
    const step = stepOfCode(code, secret, clock.now());
    return step === undefined ? undefined : { accountId, sealed: stored.sealed, step };
  };

  return {
    stateOf: async (accountId) => {
      const stored = await store.load(accountId);
      if (stored === undefined) return { state: 'off' };
      if (stored.confirmed) {
        return { state: 'on', recoveryCodesLeft: (await store.recoveryHashes(accountId)).length };
      }
      const secret = vault.open(stored.sealed, totpContext(accountId));
      const username = (await accounts.load(accountId))?.username ?? '';
      return { state: 'pending', ...describeTotpSecret(secret, { serverName, username }) };
    },
    begin: ({ id }) =>
      store.begin({
        accountId: id,
        sealed: vault.seal(makeTotpSecret(), totpContext(id)),
        confirmed: false,
        lastStep: 0,
        createdAt: clock.now(),
      }),
    confirm: async (accountId, code, audit) => {
      const use = await prove(accountId, withoutSpaces(code));
      if (use === undefined) return undefined;
      const { codes, hashes } = recoveryCodes.make(accountId);
      const outcome = await store.confirm(use, hashes, [audit('account.totp-on', accountId)]);
      return outcome === 'confirmed' ? codes : undefined;
    },
    end: async (accountId, audit) => {
      const outcome = await store.turnOff(accountId, [audit('account.totp-off', accountId)]);
      if (outcome === 'off') await store.cancel(accountId);
      return outcome === 'ended';
    },
    renewRecoveryCodes: async (accountId, audit) => {
      const { codes, hashes } = recoveryCodes.make(accountId);
      const entry = audit('account.recovery-codes-renewed', accountId);
      const outcome = await store.replaceRecoveryHashes(accountId, hashes, [entry]);
      return outcome === 'replaced' ? codes : undefined;
    },
    isOn: async (accountId) => (await store.load(accountId))?.confirmed === true,
    use: async (accountId, code) => {
      const typed = withoutSpaces(code);
      if (secondFactorOf(typed) === 'recovery-code') return recoveryCodes.use(accountId, typed);
      const use = await prove(accountId, typed);
      return use !== undefined && (await store.useStep(use)) === 'used';
    },
  };
}

/** What a code is by its form, whether or not it is right. */
export function secondFactorOf(code: string): 'totp' | 'recovery-code' {
  return isTotpCode(withoutSpaces(code)) ? 'totp' : 'recovery-code';
}

/** Apps show a code in two groups. */
function withoutSpaces(code: string): string {
  return code.replaceAll(/\s/g, '');
}
