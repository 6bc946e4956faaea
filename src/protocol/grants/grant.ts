import type { AuthenticatedClient } from '../client-authentication/index.ts';
import type { Form } from '../form.ts';

/** A token request whose client has authenticated and may use the grant. */
export interface GrantRequest {
  readonly authenticated: AuthenticatedClient;
  readonly form: Form;
}

/** What a grant entitles to. */
export interface Authorization {
  /** The `sub` of the tokens. */
  readonly subject: string;
  /** Whether the tokens speak for a person who has consented: identity scopes make sense only then. */
  readonly forPerson: boolean;
}

/** The step in which grants differ. All others are the pipeline's (`endpoints/token.ts`). */
export interface Grant {
  /** @throws OAuthError */
  readonly authorize: (request: GrantRequest) => Authorization | Promise<Authorization>;
}
