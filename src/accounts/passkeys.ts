import { isIP } from 'node:net';
import type { AuditOf } from '../kernel/audit.ts';
import type { Clock } from '../kernel/clock.ts';
import { randomOctets } from '../kernel/random.ts';
import type { Account, AccountStore } from './account.ts';
import type { Passkey, PasskeyStore } from './passkey.ts';
import {
  loadWebAuthn,
  parseAuthentication,
  passkeyAlgorithms,
  userHandleOf,
  verifyAuthentication,
  verifyRegistration,
} from './passkey-answers.ts';

/** What a browser is asked to do with a passkey; `options` is JSON for `navigator.credentials`. */
export interface PasskeyQuestion {
  /** To be kept where only this browser's next answer is judged by it, once. */
  readonly challenge: string;
  readonly options: string;
}

/** Passkeys of accounts: discoverable, and never without user verification, so that each is two factors. @see WebAuthn Level 3 */
export interface Passkeys {
  /** Null: there can be none here, because the host of the issuer has no name (WebAuthn Level 3 §5.1.2). */
  readonly authenticationOptions: () => Promise<PasskeyQuestion | null>;
  /**
   * The account that an answer proves; undefined: it proves none that may sign in.
   * @param answer.response JSON text from the browser
   */
  readonly authenticate: (answer: {
    readonly challenge: string;
    readonly response: string;
  }) => Promise<Account | undefined>;
  /** `full`: the account has as many as one may have. `no-domain`: there can be none here, see above. */
  readonly registrationOptions: (account: Account) => Promise<PasskeyQuestion | 'full' | 'no-domain'>;
  /**
   * @param answer.response JSON text from the browser
   * @param answer.name what the person calls it; empty: `Passkey`
   */
  readonly register: (answer: {
    readonly account: Account;
    readonly challenge: string;
    readonly response: string;
    readonly name: string;
    readonly audit: AuditOf;
  }) => Promise<'registered' | 'refused' | 'full'>;
  /** Oldest first. */
  readonly list: (accountId: string) => Promise<readonly Passkey[]>;
  /** @param name as that of `register` */
  readonly rename: (accountId: string, id: string, name: string) => Promise<'renamed' | 'absent'>;
  readonly remove: (accountId: string, id: string, audit: AuditOf) => Promise<'removed' | 'absent'>;
}

/** What passkeys need. */
export interface PasskeyDependencies {
  readonly store: PasskeyStore;
  readonly accounts: Pick<AccountStore, 'load'>;
  readonly clock: Clock;
  /** Its host is the relying party's id, its origin the only one that answers come from. */
  readonly issuer: string;
  /** What authenticators show. */
  readonly serverName: string;
}

const challengeOctets = 32;
const longestName = 64;
/** Of one account. A browser is sent all of them with each offer to make another. */
const mostPasskeys = 20;

/** Makes passkeys over their store. */
export function createPasskeys(deps: PasskeyDependencies): Passkeys {
  const { store } = deps;
  const { hostname: rpID, origin } = new URL(deps.issuer);
  const party: RelyingParty = { rpID, origin, hasDomain: isDomain(rpID) };
  return {
    ...createAuthentication(deps, party),
    ...createRegistration(deps, party),
    list: store.listOf,
    rename: (accountId, id, name) => store.rename(accountId, id, nameOf(name)),
    remove: (accountId, id, audit) =>
      store.remove(accountId, id, [audit('account.passkey-removed', accountId)]),
  };
}

/** What passkeys are for (WebAuthn Level 3 §4). */
interface RelyingParty {
  readonly rpID: string;
  readonly origin: string;
  /** False: browsers have none for it. */
  readonly hasDomain: boolean;
}

function createAuthentication(
  { store, clock, accounts }: PasskeyDependencies,
  { rpID, origin, hasDomain }: RelyingParty,
): Pick<Passkeys, 'authenticationOptions' | 'authenticate'> {
  return {
    authenticationOptions: async () => {
      if (!hasDomain) return null;
      const { generateAuthenticationOptions } = await loadWebAuthn();
      return questionOf(
        await generateAuthenticationOptions({
          rpID,
          userVerification: 'required',
          challenge: makeChallenge(),
        }),
      );
    },
    authenticate: async ({ challenge, response }) => {
      const answer = parseAuthentication(response);
      const passkey = answer && (await store.find(answer.id));
      if (answer === undefined || passkey === undefined) return undefined;
      const verified = await verifyAuthentication(answer, passkey, { challenge, origin, rpID });
      if (verified === undefined) return undefined;
      const account = await accounts.load(passkey.accountId);
      if (account === undefined || account.disabled) return undefined;
      const outcome = await store.use({ id: passkey.id, signCount: verified.signCount, at: clock.now() });
      return outcome === 'used' ? account : undefined;
    },
  };
}

function createRegistration(
  { store, clock, serverName }: PasskeyDependencies,
  { rpID, origin, hasDomain }: RelyingParty,
): Pick<Passkeys, 'registrationOptions' | 'register'> {
  return {
    registrationOptions: async (account) => {
      if (!hasDomain) return 'no-domain';
      const known = await store.listOf(account.id);
      if (known.length >= mostPasskeys) return 'full';
      const { generateRegistrationOptions } = await loadWebAuthn();
      return questionOf(
        await generateRegistrationOptions({
          rpName: serverName,
          rpID,
          userName: account.username,
          userDisplayName: account.claims.name ?? account.username,
          userID: userHandleOf(account.id),
          challenge: makeChallenge(),
          attestationType: 'none',
          excludeCredentials: known.map(({ id, transports }) => ({ id, transports: [...transports] })),
          authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
          supportedAlgorithmIDs: passkeyAlgorithms,
        }),
      );
    },
    register: async ({ account, challenge, response, name, audit }) => {
      const made = await verifyRegistration(response, { challenge, origin, rpID });
      if (made === undefined) return 'refused';
      const outcome = await store.insert(
        { ...made, accountId: account.id, name: nameOf(name), createdAt: clock.now(), lastUsedAt: null },
        mostPasskeys,
        [audit('account.passkey-added', account.id)],
      );
      if (outcome === 'inserted') return 'registered';
      return outcome === 'full' ? outcome : 'refused';
    },
  };
}

function makeChallenge(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(randomOctets(challengeOctets));
}

function questionOf(options: { readonly challenge: string }): PasskeyQuestion {
  return { challenge: options.challenge, options: JSON.stringify(options) };
}

function nameOf(given: string): string {
  const name = Array.from(given.replaceAll(/\p{C}/gu, '').trim()).slice(0, longestName).join('');
  return name === '' ? 'Passkey' : name;
}

/** Browsers have passkeys for names alone; `localhost` is one. */
function isDomain(hostname: string): boolean {
  return isIP(hostname) === 0 && !hostname.startsWith('[');
}
