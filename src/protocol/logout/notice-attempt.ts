import type { ClientStore, StoredClient } from '../../clients/store.ts';
import type { JsonValue } from '../../kernel/encoding.ts';
import type { Logger } from '../../kernel/logger.ts';
import { OAuthError } from '../errors.ts';
import type { LogoutNotice } from './logout-notice.ts';
import type { LogoutTokens } from './logout-tokens.ts';

/** Posts a form to an address that a client has named; follows no redirect. What it throws may name its `fault`. */
export type PostForm = (
  url: string,
  fields: Readonly<Record<string, string>>,
) => Promise<{ readonly status: number; readonly json: JsonValue | null }>;

/** What came of one attempt. */
export type AttemptResult =
  | { readonly kind: 'delivered' }
  /** The client has answered that the token is not right: it would say so again. */
  | { readonly kind: 'refused' }
  /** The client has no address for it any more. */
  | { readonly kind: 'unwanted' }
  | { readonly kind: 'failed'; readonly fault: string };

/** Tries to deliver a notice once. Never rejects but for the storage's faults. */
export type AttemptNotice = (notice: LogoutNotice) => Promise<AttemptResult>;

/** What an attempt needs. */
export interface AttemptDeps {
  readonly clients: Pick<ClientStore, 'load'>;
  readonly tokens: LogoutTokens;
  readonly postForm: PostForm;
  readonly logger: Logger;
}

/** Makes the attempt: one signed token to where the client's record says at that moment (OpenID Connect Back-Channel Logout §2.5). */
export function createNoticeAttempt(deps: AttemptDeps): AttemptNotice {
  const { clients, tokens, postForm, logger } = deps;

  const send = async (stored: StoredClient, uri: string, notice: LogoutNotice): Promise<AttemptResult> => {
    try {
      const { status } = await postForm(uri, { logout_token: await tokens.issue(stored, notice) });
      return results[status] ?? { kind: 'failed', fault: `status ${status}` };
    } catch (error) {
      const fault = faultOf(error);
      if (fault === undefined) logger.error({ error, clientId: notice.clientId }, 'a logout notice failed');
      return { kind: 'failed', fault: fault ?? 'error' };
    }
  };

  return async (notice) => {
    const stored = notice.record
      ? { client: notice.record, secrets: [] }
      : await clients.load(notice.clientId);
    const uri = stored?.client.backchannelLogoutUri ?? null;
    return stored === undefined || uri === null ? { kind: 'unwanted' } : send(stored, uri, notice);
  };
}

/** OpenID Connect Back-Channel Logout §2.8; frameworks make a 204 of an answer without a body. */
const results: Readonly<Record<number, AttemptResult>> = {
  200: { kind: 'delivered' },
  204: { kind: 'delivered' },
  400: { kind: 'refused' },
};

/** What an expected failure is called; undefined: it is a bug. */
function faultOf(error: unknown): string | undefined {
  if (error instanceof OAuthError) return 'not signed';
  const { fault } = error as { readonly fault?: unknown };
  return typeof fault === 'string' ? fault : undefined;
}
