import type { Client } from '../../clients/client.ts';
import type { AuthenticatedClient } from '../client-authentication/index.ts';
import type { Form } from '../form.ts';
import type { TokenScope } from '../narrow-grant.ts';
import type { OpaqueAccessToken } from '../store.ts';
import type { PersonGrant } from '../stored-grant.ts';
import type { bearer } from '../vocabulary.ts';

/** A successful answer (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3). */
export interface TokenResponse {
  readonly access_token: string;
  readonly token_type: typeof bearer;
  readonly expires_in: number;
  /** Absent when no scope was granted. */
  readonly scope?: string;
  readonly refresh_token?: string;
  readonly id_token?: string;
}

/** What is answered, and what its tokens are for. */
export interface GivenAnswer {
  readonly answer: TokenResponse;
  readonly tokenScope: TokenScope;
}

/** An answer that is complete, but for what is to be stored before it is given. */
export interface IssuedAnswer extends GivenAnswer {
  /** Of its access token. */
  readonly accessToken: OpaqueAccessToken | null;
}

/** A token request whose client has authenticated and may use the grant. */
export interface GrantRequest {
  readonly authenticated: AuthenticatedClient;
  readonly form: Form;
}

/** A person's sign-in, in force, that the tokens come from. */
export interface PersonAuthorization extends PersonGrant {
  /** For the ID token; null: it has none. */
  readonly nonce: string | null;
}

/** What a grant entitles to. */
export interface Authorization {
  readonly kind: 'granted';
  /** The `sub` of the tokens. */
  readonly subject: string;
  /** Who the tokens speak for, and what that person has allowed; null: no person has a part in it. */
  readonly person: PersonAuthorization | null;
  /** What the answer carries; null: none. */
  readonly refreshToken: string | null;
  /**
   * The last step: one write decides whether the answer is the one that counts, and stores what belongs to it.
   * @throws OAuthError when it is not
   */
  readonly commit: (issued: IssuedAnswer) => Promise<TokenResponse>;
}

/** A request that was answered before, and gets the same answer if it comes to the same. */
export interface RepeatedAnswer extends Pick<Authorization, 'person'> {
  readonly kind: 'repeated';
  /**
   * The answer that was given, where it is what `tokenScope` says now.
   * @throws OAuthError
   */
  readonly repeat: (tokenScope: TokenScope) => Promise<TokenResponse>;
}

/** The steps in which grants differ. All others are the pipeline's (`endpoints/token.ts`). */
export interface Grant {
  /** Whether a client may leave its proof out, though its methods do not contain `none`. Absent: none may. */
  readonly secretOptional?: (client: Client) => boolean;
  /** @throws OAuthError */
  readonly authorize: (
    request: GrantRequest,
  ) => Authorization | RepeatedAnswer | Promise<Authorization | RepeatedAnswer>;
}
