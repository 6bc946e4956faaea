import type { Client } from '../../clients/client.ts';
import type { ClientStore } from '../../clients/store.ts';
import { isUuid } from '../../kernel/random.ts';
import { UnprovenRequestError } from '../authorization/unproven-request.ts';
import type { Form } from '../form.ts';
import type { IdTokenHint, IdTokenHints } from '../tokens/id-token-hint.ts';
import { withQuery } from '../with-query.ts';

/** A request to sign a person out (OpenID Connect RP-Initiated Logout §2), as far as it is proven. */
export interface LogoutRequest {
  /** The client that asks, where it is known and enabled; null: anybody. */
  readonly client: Client | null;
  /** Whom the client means, said with a token that only it was given; null: it has not said, or not so that it counts. */
  readonly hint: IdTokenHint | null;
  /** Whom somebody means: a `sid` of the client, an account's id, user name or e-mail address. */
  readonly logoutHint: string | null;
  /** Where to afterwards, with `state`: one of the addresses that the client has registered for it; null: nowhere. */
  readonly continueUri: string | null;
  readonly uiLocales: readonly string[];
}

/** The end-session endpoint, as far as it needs no browser. */
export interface EndSession {
  /**
   * Proves what can be proven of a request, anew at each step of the person. An ID token that is none of this server's, or whose
   * client or key is gone, or whose client is disabled, counts as none: the person is asked then.
   * @throws UnprovenRequestError when a client or an address is named that is not registered
   */
  readonly read: (form: Form) => Promise<LogoutRequest>;
}

/** Makes it. */
export function createEndSession(deps: {
  readonly clients: Pick<ClientStore, 'load'>;
  readonly idTokenHints: IdTokenHints;
}): EndSession {
  const { clients, idTokenHints } = deps;

  const readHint = async (token: string | undefined): Promise<IdTokenHint | null> =>
    token === undefined ? null : ((await idTokenHints.read(token)) ?? null);

  const loadEnabled = async (id: string | undefined): Promise<Client | null> => {
    const stored = id !== undefined && isUuid(id) ? await clients.load(id) : undefined;
    return stored?.client.enabled ? stored.client : null;
  };

  return {
    async read(form) {
      const clientId = form.get('client_id');
      const hint = await readHint(form.get('id_token_hint'));
      if (hint !== null && clientId !== undefined && hint.clientId !== clientId) {
        throw invalidClient('The client_id is not the client that the ID token was issued to.');
      }
      const client = await loadEnabled(hint?.clientId ?? clientId);
      if (clientId !== undefined && client === null) {
        throw invalidClient('No client has this client_id, or it is disabled.');
      }
      return {
        client,
        hint: client === null ? null : hint,
        logoutHint: form.get('logout_hint') ?? null,
        continueUri: client === null ? null : targetOf(form, client),
        uiLocales: form.get('ui_locales')?.split(' ') ?? [],
      };
    },
  };
}

/** @throws UnprovenRequestError */
function targetOf(form: Form, client: Client): string | null {
  const uri = form.get('post_logout_redirect_uri');
  if (uri === undefined) return null;
  if (!client.postLogoutRedirectUris.includes(uri)) {
    const description = 'The post_logout_redirect_uri is not registered for the client.';
    throw new UnprovenRequestError('Invalid post_logout_redirect_uri', description);
  }
  const state = form.get('state');
  return state === undefined ? uri : withQuery(uri, { state });
}

function invalidClient(description: string): UnprovenRequestError {
  return new UnprovenRequestError('Invalid client_id', description);
}
