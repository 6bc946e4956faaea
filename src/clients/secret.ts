import type { EpochSeconds } from '../kernel/clock.ts';

/** How a presented secret is recognised without keeping it: HMAC-SHA-256 under a pepper that has an id of its own. */
export interface KeyedVerifier {
  readonly algorithm: 'hmac-sha256';
  /** Id of the pepper. */
  readonly pepper: string;
  /** Base64url. */
  readonly digest: string;
}

/** A hash that another server has made of a secret. The first success replaces it by a keyed verifier. */
export interface ImportedVerifier {
  readonly algorithm: 'imported';
  /** As that server wrote it: bcrypt, argon2, PBKDF2, scrypt, SHA-2. */
  readonly digest: string;
}

/** What recognises a secret. */
export type SecretVerifier = KeyedVerifier | ImportedVerifier;

/** One of a client's secrets. It lives beside the record and never bumps its revision. */
export interface ClientSecret {
  readonly id: string;
  readonly label: string | null;
  readonly verifier: SecretVerifier;
  /** The secret under the master key; null when the server keeps verifiers alone. */
  readonly sealed: string | null;
  /** Its first characters, at most 5. */
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
  readonly makeVerifier: (secret: string) => KeyedVerifier;
  /** In constant time; false for a pepper that is not known, and for an imported hash. */
  readonly matches: (secret: string, verifier: SecretVerifier) => boolean;
  /** Off the event loop, a few at a time; `busy` when too many wait already. */
  readonly matchImported: (
    secret: string,
    verifier: ImportedVerifier,
  ) => Promise<'match' | 'mismatch' | 'busy'>;
  /** What is wrong with a hash that is to be imported; undefined when it can be verified here. */
  readonly importFault: (digest: string) => string | undefined;
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

/** What replaces an imported hash once a presented secret has matched it. */
export interface AdoptedSecret {
  readonly clientId: string;
  readonly secretId: string;
  readonly imported: ImportedVerifier;
  readonly verifier: KeyedVerifier;
  readonly sealed: string | null;
  readonly hint: string;
}

/** Whether `secret` may still be used at `now`. */
export function isLive(secret: Pick<ClientSecret, 'expiresAt'>, now: EpochSeconds): boolean {
  return secret.expiresAt === null || now < secret.expiresAt;
}
