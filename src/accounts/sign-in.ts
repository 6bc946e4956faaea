import { namedUuid } from '../kernel/named-uuid.ts';
import type { Attempt } from '../kernel/request-limits.ts';
import type { Account, AccountStore } from './account.ts';
import { createDeviceMarks, type DeviceMarks } from './device-marks.ts';
import type { MacKeeper } from './mac-keeper.ts';
import { type Passwords, PasswordsBusyError } from './passwords.ts';
import { orWait, type SignInLimits, type TryLimit, type Wait } from './sign-in-limits.ts';
import type { Totp } from './totp.ts';
import { isUsername, usernameKey } from './username.ts';

/** Whose name was typed, for the log alone: whoever typed it is not told. Absent: nobody's, or nothing was looked up. */
interface OfWhom {
  readonly accountId?: string;
}

/** What a user name and a password lead to. `refused` tells nothing about which of them is wrong, or whether there is such an account. */
export type PasswordOutcome =
  /** `secondFactor`: nobody is signed in before `withSecondFactor` says so too. */
  | { readonly kind: 'verified'; readonly account: Account; readonly secondFactor: boolean }
  | ({ readonly kind: 'refused' } & OfWhom)
  | (Wait & OfWhom);

/** What a code leads to. `amr`: how the person has proven who they are, password and code together (RFC 8176). */
export type SecondFactorOutcome =
  | { readonly kind: 'verified'; readonly account: Account; readonly amr: readonly string[] }
  | { readonly kind: 'refused' }
  /** The account is not as it was when its password was right: that is asked for again. */
  | { readonly kind: 'changed' }
  | Wait;

/**
 * How people prove who they are to the built-in identity provider.
 *
 *     name and password ──verified──┬─ no second factor ──► signed in
 *                                   └─ code of the app, or a recovery code ──verified──► signed in
 *     passkey (passkeys.ts) ──────────────────────────────────────────────────────────► signed in
 *
 * Failures count for the address with the user name, and for the user name. Only the latter could keep its person out, so it does
 * not hold for browsers that have signed in before, each of which has tries of its own.
 */
export interface SignIn {
  readonly withPassword: (given: {
    readonly username: string;
    readonly password: string;
    readonly attempt: Attempt;
    /** The cookie that `deviceMark` made; null: the browser has none. */
    readonly knownDevice: string | null;
  }) => Promise<PasswordOutcome>;
  readonly withSecondFactor: (given: {
    /** As the password has proven it. */
    readonly account: Pick<Account, 'id' | 'revision'>;
    readonly code: string;
    readonly attempt: Attempt;
  }) => Promise<SecondFactorOutcome>;
  /**
   * The value of a long-lived cookie which says that this browser has signed in to the account before.
   * @param known the value that the browser has sent, so that it stays known to other accounts; default: none
   */
  readonly deviceMark: (accountId: string, known?: string | null) => string;
}

/** What signing in needs. */
export interface SignInDependencies {
  readonly store: Pick<AccountStore, 'load' | 'findByUsername' | 'replacePassword'>;
  readonly passwords: Passwords;
  readonly totp: Pick<Totp, 'isOn' | 'use'>;
  readonly macs: MacKeeper;
  readonly limits: SignInLimits;
}

/** `otp` stands for recovery codes too: each is a password that is good once. */
const withCode = ['pwd', 'otp', 'mfa'] as const;

/** Makes it. */
export function createSignIn(deps: SignInDependencies): SignIn {
  const { store, totp, limits } = deps;
  const devices = createDeviceMarks(deps.macs);

  return {
    withPassword: ({ username, password, attempt, knownDevice }) =>
      orWait<PasswordOutcome>(async () => {
        const name = namedUuid(`username ${usernameKey(username)}`);
        attempt.claim(name);
        const account = isUsername(username) ? await store.findByUsername(username) : undefined;
        const tries = triesOf({ name, account, knownDevice }, limits, devices);
        const outcome = await orWait(() => provePassword({ name, account, password, attempt, tries }, deps));
        if (outcome.kind === 'verified' || account === undefined) return outcome;
        return { ...outcome, accountId: account.id };
      }),

    withSecondFactor: ({ account: { id, revision }, code, attempt }) =>
      orWait<SecondFactorOutcome>(async () => {
        attempt.claim(id);
        limits.perSecondFactor?.take(id);
        const account = await store.load(id);
        if (account?.revision !== revision || account.disabled) return { kind: 'changed' };
        if (!(await totp.use(id, code))) {
          attempt.fail();
          return { kind: 'refused' };
        }
        attempt.succeed(id);
        return { kind: 'verified', account, amr: withCode };
      }),

    deviceMark: (accountId, known = null) => devices.mark(accountId, known),
  };
}

interface GivenPassword {
  readonly name: string;
  readonly account: Account | undefined;
  readonly password: string;
  readonly attempt: Attempt;
  readonly tries: Tries;
}

async function provePassword(given: GivenPassword, deps: SignInDependencies): Promise<PasswordOutcome> {
  const { name, account, password, attempt, tries } = given;
  tries.check();
  // Also for nobody, and for who is disabled: the time tells as little as the answer.
  const matches = await deps.passwords.verify(password, account?.passwordHash ?? null, async (compare) => {
    // Once more: of many that came at once, most have failed by the time that it is the turn of the others.
    attempt.claim(name);
    tries.check();
    const isRight = (await compare()) && account?.disabled === false;
    if (!isRight) {
      attempt.fail();
      tries.drain();
    }
    return isRight;
  });
  if (!matches || account === undefined) return { kind: 'refused' };
  attempt.succeed(name);
  const secondFactor = await deps.totp.isOn(account.id);
  return { kind: 'verified', account: await renewHash(deps, account, password), secondFactor };
}

interface Tries {
  readonly check: () => void;
  readonly drain: () => void;
}

/** The tries that a request uses up when it fails: those of the browser where it is known, those of everybody else otherwise. */
function triesOf(
  request: {
    readonly name: string;
    readonly account: Account | undefined;
    readonly knownDevice: string | null;
  },
  limits: SignInLimits,
  devices: DeviceMarks,
): Tries {
  const { name, account, knownDevice } = request;
  const device = account && devices.read(account.id, knownDevice);
  const limit: TryLimit | null = device === undefined ? limits.perAccount : limits.perDevice;
  const key = device ?? name;
  return { check: () => limit?.check(key), drain: () => limit?.drain(key) };
}

/**
 * Hashes a password anew that was hashed at another cost, while it is known; another sign-in does it when this one cannot. Answers the
 * account as it is then.
 */
async function renewHash(deps: SignInDependencies, account: Account, password: string): Promise<Account> {
  const { id, passwordHash } = account;
  if (passwordHash === null || !deps.passwords.needsRehash(passwordHash)) return account;
  try {
    const after = await deps.passwords.hash(password);
    const outcome = await deps.store.replacePassword({ id, before: passwordHash, after });
    return outcome === 'replaced'
      ? { ...account, passwordHash: after, revision: account.revision + 1 }
      : account;
  } catch (error) {
    if (error instanceof PasswordsBusyError) return account;
    throw error;
  }
}
