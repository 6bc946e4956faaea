import type { LogoutNoticeState } from '../protocol/logout/logout-notice.ts';
import type { Flag } from './schema.ts';

/** End users. */
export interface AccountsTable {
  readonly id: string;
  readonly username: string;
  /** `usernameKey` of it; null: an older account has that, and the name names this one in its exact spelling alone. */
  readonly username_key: string | null;
  readonly password_hash: string | null;
  readonly administrator: Flag;
  readonly disabled: Flag;
  /** An `AccountOrigin`. */
  readonly origin: string;
  readonly created_at: number;
  readonly email: string | null;
  readonly email_verified: Flag;
  /** The other standard claims as JSON, by their names in OpenID Connect Core §5.1. */
  readonly claims: string;
  /** Grows with every change of the row. */
  readonly revision: number;
  readonly updated_at: number;
}

/** Passkeys, by credential id; deleted with their account. */
export interface PasskeysTable {
  readonly id: string;
  readonly account_id: string;
  /** COSE key as base64url. */
  readonly public_key: string;
  readonly sign_count: number;
  /** `string[]` as JSON. */
  readonly transports: string;
  readonly name: string;
  readonly created_at: number;
  readonly last_used_at: number | null;
}

/** The secret of an account's authenticator app, sealed; deleted with the account. */
export interface TotpSecretsTable {
  readonly account_id: string;
  readonly sealed: string;
  /** 0 until a first code has proven that the app has it. */
  readonly confirmed: Flag;
  /** The time step of the last code that was accepted: none is accepted twice. */
  readonly last_step: number;
  readonly created_at: number;
}

/** Recovery codes that are not used yet, by hash; deleted with their account. */
export interface RecoveryCodesTable {
  readonly account_id: string;
  readonly hash: string;
}

/** Who a person is at another identity provider; deleted with the account, and with the provider. */
export interface FederatedIdentitiesTable {
  readonly provider_id: string;
  /** What the provider was when the person came from it: another issuer's subjects are other people. */
  readonly issuer: string;
  readonly subject: string;
  readonly account_id: string;
  readonly created_at: number;
}

/** Browser sessions; deleted when they end, and with their account. */
export interface SessionsTable {
  readonly id: string;
  /** Hash of the secret in the cookie; replaced with every sign-in. */
  readonly secret_hash: string;
  readonly account_id: string;
  readonly identity_provider_id: string;
  /** What the provider was when the person came from it; null: this server. */
  readonly provider_issuer: string | null;
  readonly auth_time: number;
  readonly acr: string | null;
  /** `string[]` as JSON. */
  readonly amr: string;
  readonly created_at: number;
  readonly last_seen_at: number;
  /** The absolute limit. */
  readonly expires_at: number;
  readonly user_agent: string | null;
}

/** The clients that a person has signed in to during a session; deleted with either. */
export interface SessionClientsTable {
  readonly session_id: string;
  readonly client_id: string;
  readonly created_at: number;
}

/** What waits for a person: requests at the authorization endpoint, logouts, sign-ins at other providers. */
export interface InteractionsTable {
  readonly id: string;
  /** Hash of the secret that the browser has, in which alone it goes on. */
  readonly browser_hash: string;
  readonly kind: string;
  /** Grows with every step. */
  readonly revision: number;
  /** JSON. */
  readonly state: string;
  readonly expires_at: number;
}

/** What people have allowed clients, one row for each pair; deleted with either. */
export interface ConsentsTable {
  readonly id: string;
  readonly client_id: string;
  readonly account_id: string;
  /** Grows with every change of the record. */
  readonly revision: number;
  /** JSON. */
  readonly record: string;
  readonly created_at: number;
  readonly last_used_at: number;
}

/** Sign-ins at clients, which tokens come from; deleted with the consent, the client or the account. */
export interface GrantsTable {
  readonly id: string;
  readonly consent_id: string;
  readonly client_id: string;
  readonly account_id: string;
  readonly session_id: string;
  /** 1: it outlives its session. */
  readonly offline: Flag;
  /** JSON. */
  readonly record: string;
  readonly created_at: number;
  readonly expires_at: number;
}

/** Authorization codes by hash; deleted with their grant. A used one stays until it expires. */
export interface AuthorizationCodesTable {
  readonly hash: string;
  readonly grant_id: string;
  /** JSON. */
  readonly record: string;
  readonly used_at: number | null;
  readonly expires_at: number;
}

/** Refresh tokens by hash; deleted with their grant. A rotated one stays until it expires, or very many of its family have followed. */
export interface RefreshTokensTable {
  readonly hash: string;
  readonly grant_id: string;
  readonly issued_at: number;
  readonly expires_at: number;
  readonly rotated_at: number | null;
  /** What was answered when it was rotated, sealed under a key that only who presents the token can derive. */
  readonly answer: string | null;
  /** How often that was answered again. */
  readonly answers_given: number;
  /** Hash of what the tokens of one family have in common; null: issued before the column was there. */
  readonly family: string | null;
  /** How many of the family there have been with it. */
  readonly generation: number;
}

/** What clients are to be told about sessions that ended, and whether they were (OpenID Connect Back-Channel Logout). */
export interface LogoutNoticesTable {
  /** The account's own id where it is about all of its sessions. */
  readonly session_id: string;
  readonly client_id: string;
  readonly account_id: string;
  /** The last record of a client that is deleted, as JSON; null: the client is there. */
  readonly record: string | null;
  readonly created_at: number;
  readonly due_at: number;
  readonly attempts: number;
  readonly state: LogoutNoticeState;
  /** Why the last attempt failed. */
  readonly fault: string | null;
  readonly settled_at: number | null;
  readonly expires_at: number;
}

/** The tables about people, as Kysely sees them. */
export interface PeopleSchema {
  readonly accounts: AccountsTable;
  readonly passkeys: PasskeysTable;
  readonly totp_secrets: TotpSecretsTable;
  readonly recovery_codes: RecoveryCodesTable;
  readonly federated_identities: FederatedIdentitiesTable;
  readonly sessions: SessionsTable;
  readonly session_clients: SessionClientsTable;
  readonly interactions: InteractionsTable;
  readonly consents: ConsentsTable;
  readonly grants: GrantsTable;
  readonly authorization_codes: AuthorizationCodesTable;
  readonly refresh_tokens: RefreshTokensTable;
  readonly logout_notices: LogoutNoticesTable;
}
