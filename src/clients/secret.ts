import type { EpochSeconds } from '../kernel/clock.ts';

/** How a presented secret is recognised without keeping it: HMAC-SHA-256 under a pepper that has an id of its own. */
export interface SecretVerifier {
  readonly algorithm: 'hmac-sha256';
  /** Id of the pepper. */
  readonly pepper: string;
  /** Base64url. */
  readonly digest: string;
}

/** One of a client's secrets. It lives beside the record and never bumps its revision. */
export interface ClientSecret {
  readonly id: string;
  readonly label: string | null;
  readonly verifier: SecretVerifier;
  /** The secret under the master key; null when the server keeps verifiers alone. */
  readonly sealed: string | null;
  /** Its first characters, at most 4. */
  readonly hint: string;
  readonly createdAt: EpochSeconds;
  readonly createdBy: string;
  /** Null: never. */
  readonly expiresAt: EpochSeconds | null;
  /** Coarse: written at most once a minute. */
  readonly lastUsedAt: EpochSeconds | null;
}

/** Makes and checks verifiers, seals and opens secrets. `keys/` implements it. */
export interface SecretKeeper {
  readonly makeVerifier: (secret: string) => SecretVerifier;
  /** In constant time; false for a pepper that is not known. */
  readonly matches: (secret: string, verifier: SecretVerifier) => boolean;
  /** Null when the server keeps verifiers alone (`secretStorage: hashed`). */
  readonly seal: (secret: string, context: SecretContext) => string | null;
  /** @throws Error when the text was altered or belongs to another context */
  readonly open: (sealed: string, context: SecretContext) => string;
}

/** What a sealed secret is bound to, so that it cannot be moved to another client. */
export interface SecretContext {
  readonly clientId: string;
  readonly secretId: string;
}

/** Whether `secret` may still be used at `now`. */
export function isLive(secret: Pick<ClientSecret, 'expiresAt'>, now: EpochSeconds): boolean {
  return secret.expiresAt === null || now < secret.expiresAt;
}
