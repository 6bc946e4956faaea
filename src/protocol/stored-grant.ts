import type { Account } from '../accounts/account.ts';
import type { EpochSeconds } from '../kernel/clock.ts';
import type { Audience } from './audience.ts';
import type { ClaimsRequest, CodeChallenge } from './authorization/authorization-request.ts';
import type { OpaqueAccessToken } from './store.ts';

/**
 * One sign-in of a person at a client, which codes and tokens come from. When the row is gone, everything that came from it is
 * out of force wherever this server sees it. It goes with its session (unless it is offline), its consent, its client and its account.
 */
export interface StoredGrant {
  /** An ordered UUID; the claim `grant_id` of access tokens. */
  readonly id: string;
  readonly consentId: string;
  readonly clientId: string;
  readonly accountId: string;
  readonly sessionId: string;
  /** True: the scope `offline_access` was granted, and it outlives its session (OpenID Connect Core §11). */
  readonly offline: boolean;
  readonly record: GrantRecord;
  readonly createdAt: EpochSeconds;
  /** When nothing that came from it can be in force any more. */
  readonly expiresAt: EpochSeconds;
}

/** A grant with its person's account as it is now, both read at once. There is no grant without one: it goes with its account. */
export interface PersonGrant {
  readonly grant: StoredGrant;
  readonly account: Account;
}

/** What was granted, and how the person had signed in. */
export interface GrantRecord {
  readonly scopes: readonly string[];
  readonly audience: Audience;
  readonly claims: ClaimsRequest;
  readonly identityProviderId: string;
  /** Of the provider, as it was then; absent: this server. */
  readonly providerIssuer?: string;
  readonly authTime: EpochSeconds;
  readonly acr: string | null;
  readonly amr: readonly string[];
  /** The absolute limit of the session, which nothing that is not offline outlives. */
  readonly sessionExpiresAt: EpochSeconds;
}

/** What a code is bound to, beside its grant. */
export interface CodeRecord {
  readonly redirectUri: string;
  readonly redirectUriGiven: boolean;
  readonly codeChallenge: CodeChallenge | null;
  readonly nonce: string | null;
}

/** An authorization code at rest. */
export interface StoredCode extends PersonGrant {
  readonly hash: string;
  readonly record: CodeRecord;
  readonly expiresAt: EpochSeconds;
  readonly usedAt: EpochSeconds | null;
}

/** A refresh token at rest. */
export interface StoredRefreshToken extends PersonGrant {
  readonly hash: string;
  readonly issuedAt: EpochSeconds;
  readonly expiresAt: EpochSeconds;
  /** When another took its place. */
  readonly rotatedAt: EpochSeconds | null;
  /** What was answered then, sealed under a key that only who presents the token can derive. */
  readonly answer: string | null;
  /** Hash of what all tokens of the family have in common; null: it was issued before there was such a thing. */
  readonly family: string | null;
  /** How many of the family there have been with it. */
  readonly generation: number;
}

/** A refresh token that is to be stored. */
export type NewRefreshToken = Omit<StoredRefreshToken, keyof PersonGrant | 'rotatedAt' | 'answer'> & {
  readonly family: string;
};

/** What a family of refresh tokens is found by. */
export interface FamilyReference {
  readonly grantId: string;
  /** Of `StoredRefreshToken`. */
  readonly family: string;
}

/** What every use of a code or a refresh token says. */
interface Use {
  readonly hash: string;
  readonly grantId: string;
  readonly at: EpochSeconds;
  /** When nothing that comes from the grant is in force any more; the grant is kept until then, or longer as it was. */
  readonly grantExpiresAt: EpochSeconds;
  /** What is stored of the access token in the answer; null: nothing. */
  readonly accessToken: OpaqueAccessToken | null;
}

/** The port to where grants, codes and refresh tokens are kept. Each write is one transaction; one statement decides each race. */
export interface GrantStore {
  /**
   * Stores a grant, with its code where there is one, and that its client takes part in its session. `gone`: the session, the consent,
   * the client or the account is.
   */
  readonly insert: (entry: {
    readonly grant: StoredGrant;
    readonly code: Pick<StoredCode, 'hash' | 'record' | 'expiresAt'> | null;
    readonly accessToken: OpaqueAccessToken | null;
  }) => Promise<'inserted' | 'gone'>;
  /** Calls of one tick share one read, of this and of the next two. Expired ones are returned until they are purged. */
  readonly load: (id: string) => Promise<PersonGrant | undefined>;
  readonly findCode: (hash: string) => Promise<StoredCode | undefined>;
  readonly findRefreshToken: (hash: string) => Promise<StoredRefreshToken | undefined>;
  /** Any token of a family that is stored. Undefined: its grant has ended, or nobody has ever given such a token. */
  readonly findOfFamily: (reference: FamilyReference) => Promise<StoredRefreshToken | undefined>;
  /** Uses a code up, and stores the tokens that come from it. `replayed`: it was used before. `gone`: its grant is. */
  readonly redeemCode: (
    use: Use & { readonly refreshToken: NewRefreshToken | null },
  ) => Promise<'redeemed' | 'replayed' | 'gone'>;
  /** Puts `successor` in the place of a refresh token. `reused`: that was done before. `gone`: its grant is. */
  readonly rotate: (
    use: Omit<Use, 'grantExpiresAt'> & {
      /** Null: the grant is kept for long enough as it is. */
      readonly grantExpiresAt: EpochSeconds | null;
      readonly successor: NewRefreshToken;
      /** The tokens of the successor's family up to this generation are forgotten; null: none. */
      readonly forgotten: number | null;
      /** What is answered, sealed. */
      readonly answer: string;
    },
  ) => Promise<'rotated' | 'reused' | 'gone'>;
  /** Counts that the sealed answer is given once more. `exhausted`: it was given `most` times, or there is none. */
  readonly answerAgain: (hash: string, most: number) => Promise<'again' | 'exhausted'>;
  /** Keeps a grant until `expiresAt`, or longer as it was, for the sake of an access token. */
  readonly extend: (
    id: string,
    expiresAt: EpochSeconds,
    accessToken: OpaqueAccessToken | null,
  ) => Promise<'extended' | 'gone'>;
  /** Ends a grant and all that came from it. */
  readonly end: (id: string) => Promise<void>;
}
