import type { EpochSeconds } from '../kernel/clock.ts';
import { sha256 } from '../kernel/encoding.ts';

/** A person who is signed in at a browser. The row is the session: when it is gone, so is the session, on every node. */
export interface Session {
  /**
   * An ordered UUID, and no secret. Only the browser of the session is told it, in its cookie, beside the secret that proves it: clients know
   * the session by `sidOf`, pages by `handleOf`.
   */
  readonly id: string;
  readonly accountId: string;
  /** Where the person signed in. */
  readonly identityProviderId: string;
  /** What the provider was when the person came from it: under another issuer it is another; null: this server. */
  readonly providerIssuer: string | null;
  /** When the person last proved who they are (OpenID Connect Core §2). */
  readonly authTime: EpochSeconds;
  /** The authentication context class that was met; null: none that has a name. */
  readonly acr: string | null;
  /** How the person proved it (RFC 8176). */
  readonly amr: readonly string[];
  readonly createdAt: EpochSeconds;
  /** Coarse: it is written down once in a while. */
  readonly lastSeenAt: EpochSeconds;
  /** The absolute limit. */
  readonly expiresAt: EpochSeconds;
  /** Of the browser, at most 255 characters. */
  readonly userAgent: string | null;
}

/**
 * What a client knows a session by (OpenID Connect Front-Channel Logout §3): another value for each client, so that no two of
 * them can tell that they serve the same browser.
 */
export function sidOf(sessionId: string, clientId: string): string {
  return sha256(`sid ${sessionId} ${clientId}`);
}

/** What pages name a session by, so that its person can end it. */
export function handleOf(sessionId: string): string {
  return sha256(`handle ${sessionId}`);
}
