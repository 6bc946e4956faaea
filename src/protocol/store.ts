import type { EpochSeconds } from '../kernel/clock.ts';
import type { JsonObject } from '../kernel/encoding.ts';

/** An opaque access token at rest: found by its hash, described by the claims that a JWT would have carried. */
export interface OpaqueAccessToken {
  /** What the token is found by (`opaqueTokenHash`): when it was issued, and the token's SHA-256. */
  readonly hash: string;
  readonly clientId: string;
  readonly claims: JsonObject;
  readonly expiresAt: EpochSeconds;
}

/** Access tokens as far as they are stored: opaque ones, and the denylist of revoked JWTs by `jti`. */
export interface AccessTokenStore {
  /** `client-gone`: the client was deleted since its row was read. */
  readonly insert: (token: OpaqueAccessToken) => Promise<'inserted' | 'client-gone'>;
  /** The token, unless it is revoked. Expired ones are returned until they are purged. Calls of one tick share one read. */
  readonly find: (hash: string) => Promise<OpaqueAccessToken | undefined>;
  readonly revoke: (hash: string) => Promise<void>;
  /** Denies a JWT until it has expired by itself. */
  readonly deny: (jti: string, expiresAt: EpochSeconds) => Promise<void>;
  /** Calls of one tick share one read. */
  readonly isDenied: (jti: string) => Promise<boolean>;
}

/** Values that may be used once. */
export interface SingleUseStore {
  /**
   * Claims `key` of `kind`; decided by one statement. The value stays as a tombstone until `expiresAt`, which must be
   * later than any time at which the value itself is accepted.
   */
  readonly claim: (use: {
    readonly kind: string;
    readonly key: string;
    readonly expiresAt: EpochSeconds;
  }) => Promise<'claimed' | 'replayed'>;
}

/** Deletes what expired before a time. */
export interface ExpiryStore {
  /** Deletes at most `limit` rows of each kind and answers how many went. */
  readonly purge: (before: EpochSeconds, limit: number) => Promise<number>;
  /** Deletes at most `limit` audit entries that were written before `before`, and answers how many went. */
  readonly purgeAudit: (before: EpochSeconds, limit: number) => Promise<number>;
}
