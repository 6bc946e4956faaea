import type { Account } from '../accounts/account.ts';
import type {
  AuthorizationOutcome,
  InteractionNeed,
} from '../protocol/authorization/authorization-outcome.ts';
import type { AuthorizationProgress } from '../protocol/authorization/authorization-request.ts';
import type { Session } from '../sessions/session.ts';
import type { ProofWanted } from './account/ports.ts';
import type { StoredInteraction } from './interaction-store.ts';
import type { AccountSection } from './pages/models.ts';

/**
 * What a person goes through between a request and its answer. What is needed next is never stored: it is what the authorization
 * endpoint answers to the same parameters with the progress so far, each time that a page is shown or sent.
 *
 *     /oauth/authorize, or a page about the own account
 *        │
 *        ▼    nothing is needed
 *     answered ──────────────────────► the client, or the account page
 *        │  ▲
 *        │  └──────────── with longer progress ─────────────┐
 *        ▼ need                                             │
 *     waiting ─┬─ password, without a second factor ──────► taken
 *        │     ├─ password ─► proven ─ code ──────────────► taken     /login, /login/second-factor
 *        │     ├─ passkey ────────────────────────────────► taken     /login
 *        │     ├─ other provider ─► upstream ─ back ──────► taken     /login/provider, /login/callback
 *        │     ├─ account made ───────────────────────────► taken     /sign-up
 *        │     ├─ account chosen ─────────────────────────► taken     /login/account
 *        │     └─ allowed, or denied ─────────────────────► taken     /consent
 *        │
 *        └── an hour passes ──► expired
 *
 * `taken` is one statement that deletes the row at its revision: of a form that is sent twice, or from two tabs, one goes on and the
 * other gets a page that says so. Where a person has to do more, the row is stored again with what was done.
 */
export interface Interaction extends Omit<StoredInteraction, 'kind' | 'state'> {
  readonly state: InteractionState;
}

/** What is kept while a person is awaited. */
export interface InteractionState {
  readonly purpose: Purpose;
  readonly progress: AuthorizationProgress;
  /** Where the person is to sign in, as it was when the row was stored. */
  readonly providerId: string;
  /** The account whose password was right, as it was then, while its second factor is awaited. */
  readonly proven: Pick<Account, 'id' | 'revision'> | null;
  /** What a passkey is to sign; null: none is offered. */
  readonly passkey: PasskeyChallenge | null;
}

/** What a passkey is asked to sign, and what the browser is told of it (JSON). */
export interface PasskeyChallenge {
  readonly challenge: string;
  readonly options: string;
}

/** What a person signs in for: a request, as it came (form-encoded), or a part of their own account. */
export type Purpose =
  | { readonly kind: 'request'; readonly parameters: string }
  | ({ readonly kind: 'account' } & ProofWanted);

/** A sign-in that belongs to no request. */
export interface OwnSignIn {
  readonly prompt: 'login';
  readonly request: null;
  /** The session that does not suffice, because it is too old; null: there is none. */
  readonly session: Session | null;
}

/** What a person has to do next. */
export type Need = InteractionNeed | OwnSignIn;

/** What comes next for the browser; `account`: a part of the person's own account. */
export type Next =
  | Extract<AuthorizationOutcome, { readonly kind: 'response' }>
  | { readonly kind: 'account'; readonly section: AccountSection }
  | { readonly kind: 'interaction'; readonly need: Need };
