import type { Client } from '../../clients/client.ts';
import type { EpochSeconds } from '../../kernel/clock.ts';
import type { JsonValue } from '../../kernel/encoding.ts';
import type { Audience } from '../audience.ts';

/** What a response at the redirect URI can be made of (OAuth 2.0 Multiple Response Type Encoding Practices §2, §3, §4). */
export type ResponsePart = 'code' | 'id_token' | 'token';

/** How the response gets to the client (OAuth 2.0 Multiple Response Types §2.1, OAuth 2.0 Form Post Response Mode §2). */
export type ResponseMode = 'query' | 'fragment' | 'form_post';

/** What a request can ask the server to ask of the person (OpenID Connect Core §3.1.2.1, Initiating User Registration §4). */
export type Prompt = 'none' | 'login' | 'consent' | 'select_account' | 'create';

/** How pages can be asked to look (OpenID Connect Core §3.1.2.1). */
export type Display = 'page' | 'popup' | 'touch';

/** How a claim is asked for one by one (OpenID Connect Core §5.5.1). */
export interface ClaimRequest {
  readonly essential?: boolean;
  readonly value?: JsonValue;
  readonly values?: readonly JsonValue[];
}

/** The parameter `claims` (OpenID Connect Core §5.5): null asks for a claim in the default manner. */
export interface ClaimsRequest {
  readonly userinfo: Readonly<Record<string, ClaimRequest | null>>;
  readonly id_token: Readonly<Record<string, ClaimRequest | null>>;
}

/** Where a response goes, proven: the redirect URI is one of the client's. */
export interface ResponseTarget {
  readonly redirectUri: string;
  readonly mode: ResponseMode;
  readonly state: string | null;
}

/** The challenge of a request (RFC 7636 §4.3). */
export interface CodeChallenge {
  readonly challenge: string;
  readonly method: 'S256';
}

/** A request at the authorization endpoint that has passed every check that needs no person. */
export interface AuthorizationRequest {
  readonly client: Client;
  readonly target: ResponseTarget;
  /** Whether the request named the redirect URI: the exchange of the code must then repeat it (RFC 6749 §4.1.3). */
  readonly redirectUriGiven: boolean;
  /** Empty for `none`. */
  readonly responseType: ReadonlySet<ResponsePart>;
  /** Whether `openid` is among the scopes. */
  readonly isOpenId: boolean;
  readonly scopes: readonly string[];
  readonly audience: Audience;
  readonly codeChallenge: CodeChallenge | null;
  readonly nonce: string | null;
  readonly prompts: ReadonlySet<Prompt>;
  /** Seconds. */
  readonly maxAge: number | null;
  readonly loginHint: string | null;
  /** The account that `id_token_hint` names. */
  readonly hintedSubject: string | null;
  readonly acrValues: readonly string[];
  readonly claims: ClaimsRequest;
  readonly uiLocales: readonly string[];
  readonly display: Display;
}

/** What the person has done for one request, from its arrival to its answer. Only the server writes it. */
export interface AuthorizationProgress {
  /** When the request arrived. */
  readonly begunAt: EpochSeconds;
  /** The session that the person has signed in to, or chosen, for this request; null: neither yet. */
  readonly sessionId: string | null;
  /** True: the person has proven who they are since the request arrived. */
  readonly signedIn: boolean;
  /** True: the person was asked since the request arrived, and has allowed it; what was allowed is stored (`Consents.allow`). */
  readonly consented: boolean;
  /** True: the person has said no. */
  readonly denied: boolean;
}
