import type { Session } from '../../sessions/session.ts';
import type { OAuthError } from '../errors.ts';
import type { AuthorizationForm } from './authorization-form.ts';
import type { AuthorizationProgress, AuthorizationRequest, ResponseTarget } from './authorization-request.ts';
import type { Consent } from './consent.ts';

/** A response to the client, at a redirect URI that is proven to be its own. */
export interface AuthorizationResponse {
  readonly target: ResponseTarget;
  /** With `iss` (RFC 9207) and, where the request had one, `state`; of errors too. */
  readonly parameters: Readonly<Record<string, string>>;
  /** What the client is told has failed, with what is for the log alone. Absent: nothing has. */
  readonly error?: OAuthError;
}

/** What a person has to do before there is a response. */
export type InteractionNeed =
  | {
      readonly prompt: 'login' | 'create';
      readonly request: AuthorizationRequest;
      /** The session that does not suffice, because it is too old, too weak, or the client wants it anew; null: there is none. */
      readonly session: Session | null;
    }
  | {
      readonly prompt: 'select_account';
      readonly request: AuthorizationRequest;
      readonly sessions: readonly Session[];
    }
  | {
      readonly prompt: 'consent';
      readonly request: AuthorizationRequest;
      readonly session: Session;
      /** What the person has allowed this client before; null: nothing. */
      readonly consent: Consent | null;
    };

/** What comes of a request at the authorization endpoint. */
export type AuthorizationOutcome =
  | { readonly kind: 'response'; readonly response: AuthorizationResponse }
  | { readonly kind: 'interaction'; readonly need: InteractionNeed }
  /** `Visitor.claim` has said no: nothing was stored, and nothing is to be sent. */
  | { readonly kind: 'superseded' };

/** What is known of the person at the browser. */
export interface Visitor {
  /** The live sessions of the browser, the last used first. */
  readonly sessions: readonly Session[];
  readonly progress: AuthorizationProgress;
  /**
   * Decides whether this is the one answer to the request, before anything is stored for it; false: another was first. It may be
   * asked more than once. Absent: it is.
   */
  readonly claim?: () => Promise<boolean>;
}

/**
 * The authorization endpoint (RFC 6749 §3.1, OpenID Connect Core §3). It is asked anew with the same parameters after each
 * step of the person, and checks all of them each time: a client that was changed, disabled or deleted in between gets nothing
 * that it may not have now.
 */
export interface AuthorizationEndpoint {
  /**
   * @throws UnprovenRequestError when the request cannot be answered at a redirect URI, because client or URI are not proven: a
   *   page says so, and the browser is sent nowhere
   */
  readonly answer: (parameters: AuthorizationForm, visitor: Visitor) => Promise<AuthorizationOutcome>;
}
