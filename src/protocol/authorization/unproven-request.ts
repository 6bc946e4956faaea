import { OAuthError } from '../errors.ts';

/** What is not proven, as the page is titled. */
export type UnprovenTitle = 'Invalid client_id' | 'Invalid redirect_uri' | 'Invalid post_logout_redirect_uri';

/**
 * A request that can be answered at no redirect URI, because who asks or where the answer goes is not proven (RFC 6749 §4.1.2.1).
 * The person at the browser reads it on a page (400), and is sent nowhere.
 */
export class UnprovenRequestError extends OAuthError {
  readonly title: UnprovenTitle;

  constructor(title: UnprovenTitle, description: string, options: { readonly detail?: string } = {}) {
    super(title === 'Invalid client_id' ? 'invalid_client' : 'invalid_request', description, options);
    this.title = title;
  }
}
