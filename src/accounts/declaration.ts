import type { ProfileClaims } from './account.ts';

/** How a declared account signs in: a password, or a hash that someone else made of it. */
export type DeclaredCredential =
  | { readonly kind: 'password'; readonly password: string }
  | { readonly kind: 'hash'; readonly passwordHash: string };

/** An account that the operator declares. What is absent stays as it is stored. */
export interface AccountDeclaration {
  /** Null: the account is known by its user name alone, and gets an id when it is made. */
  readonly id: string | null;
  readonly username: string;
  /** Null: what is stored stays. */
  readonly credential: DeclaredCredential | null;
  readonly administrator?: boolean;
  readonly disabled?: boolean;
  readonly email?: string | null;
  readonly emailVerified?: boolean;
  readonly claims?: ProfileClaims;
}
