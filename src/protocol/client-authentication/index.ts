import type { AuthMethod, Client } from '../../clients/client.ts';
import { type ClientSecret, isLive, type SecretKeeper } from '../../clients/secret.ts';
import type { ClientStore, StoredClient } from '../../clients/store.ts';
import type { Clock } from '../../kernel/clock.ts';
import { toBase64url } from '../../kernel/encoding.ts';
import { isUuid, randomOctets } from '../../kernel/random.ts';
import { OAuthError } from '../errors.ts';
import { clientSecretBasic } from './client-secret-basic.ts';
import { clientSecretPost } from './client-secret-post.ts';
import { createImportedSecrets } from './imported-secrets.ts';
import {
  type AuthenticationRequest,
  authenticationFailed,
  type ClientAuthenticationMethod,
} from './method.ts';
import { none } from './none.ts';
import type { SecretUseRecorder } from './secret-use.ts';

export type { AuthenticationRequest } from './method.ts';

declare const authenticated: unique symbol;

/** An enabled client that has authenticated as its record demands. Only this folder makes one. */
export interface AuthenticatedClient {
  readonly client: Client;
  readonly method: SupportedAuthMethod;
  readonly [authenticated]: true;
}

/** The methods that exist, in the order of preference that discovery shows. */
export const supportedAuthMethods = [
  'client_secret_basic',
  'client_secret_post',
  'none',
] as const satisfies AuthMethod[];

/** One of `supportedAuthMethods`. */
export type SupportedAuthMethod = (typeof supportedAuthMethods)[number];

const methods: Readonly<Record<SupportedAuthMethod, ClientAuthenticationMethod>> = {
  client_secret_basic: clientSecretBasic,
  client_secret_post: clientSecretPost,
  none,
};

/** Authenticates the client of a request. */
export interface ClientAuthentication {
  /**
   * @param secretOptional whether a client may leave its secret out here though its methods do not contain `none`
   * @throws OAuthError `invalid_request` when the request uses two methods, `invalid_client` when authentication fails
   */
  readonly authenticate: (
    request: AuthenticationRequest,
    secretOptional?: (client: Client) => boolean,
  ) => Promise<AuthenticatedClient>;
}

/** Makes client authentication. */
export function createClientAuthentication(deps: {
  readonly clients: Pick<ClientStore, 'load' | 'adoptSecret'>;
  readonly secretKeeper: Pick<SecretKeeper, 'makeVerifier' | 'matches' | 'matchImported' | 'seal'>;
  readonly secretUse: Pick<SecretUseRecorder, 'note'>;
  readonly clock: Clock;
}): ClientAuthentication {
  const { clients, secretKeeper, secretUse, clock } = deps;
  const importedSecrets = createImportedSecrets(deps);
  const dummyVerifier = secretKeeper.makeVerifier(toBase64url(randomOctets(32)));

  const liveSecrets = (stored: StoredClient | undefined): readonly ClientSecret[] => {
    const now = clock.now();
    return stored?.secrets.filter((secret) => isLive(secret, now)) ?? [];
  };

  /** Checks every live secret, or a dummy where there is none, so that time does not tell whether there is one. */
  const findKeyed = (live: readonly ClientSecret[], presented: string): ClientSecret | undefined => {
    if (live.length === 0) secretKeeper.matches(presented, dummyVerifier);
    return live.find(({ verifier }) => secretKeeper.matches(presented, verifier));
  };

  const findSecret = async (
    stored: StoredClient | undefined,
    presented: string,
  ): Promise<ClientSecret | undefined> => {
    const live = liveSecrets(stored);
    return (
      findKeyed(live, presented) ??
      (stored && (await importedSecrets.find(stored.client.id, live, presented)))
    );
  };

  return {
    async authenticate(request, secretOptional = () => false) {
      const method = chooseMethod(request);
      const { clientId, secret: presented } = methods[method].read(request);
      checkSameClient(request, clientId);
      const stored = isUuid(clientId) ? await clients.load(clientId) : undefined;
      const secret = presented === null ? undefined : await findSecret(stored, presented);
      if (stored === undefined) throw authenticationFailed('unknown client');
      if (presented !== null && secret === undefined) throw authenticationFailed('wrong or expired secret');
      checkMayAuthenticate(stored.client, method, secretOptional);
      if (secret !== undefined) secretUse.note(secret);
      return { client: stored.client, method } as AuthenticatedClient;
    },
  };
}

/**
 * For what needs a secret whatever the client's methods say: `none` does not do.
 * @throws OAuthError `invalid_client`
 */
export function requireSecret({ method }: AuthenticatedClient): void {
  if (method === 'none') throw authenticationFailed('a secret is needed here');
}

function chooseMethod(request: AuthenticationRequest): SupportedAuthMethod {
  const { form } = request;
  const usesAssertion =
    form.get('client_assertion') !== undefined || form.get('client_assertion_type') !== undefined;
  const used = supportedAuthMethods.filter((method) => method !== 'none' && methods[method].isUsed(request));
  if (used.length + Number(usesAssertion) > 1) {
    throw new OAuthError('invalid_request', 'The request uses more than one way of client authentication.');
  }
  if (usesAssertion) throw authenticationFailed('client assertions are not supported');
  return used[0] ?? 'none';
}

/** A `client_id` in the body may stand beside Basic, but must not name another client. */
function checkSameClient({ form }: AuthenticationRequest, clientId: string): void {
  const named = form.get('client_id');
  if (named !== undefined && named !== clientId) {
    throw new OAuthError(
      'invalid_request',
      'The parameter client_id names another client than the credentials.',
    );
  }
}

function checkMayAuthenticate(
  client: Client,
  method: SupportedAuthMethod,
  secretOptional: (client: Client) => boolean,
): void {
  if (!client.enabled) throw authenticationFailed('the client is disabled');
  if (client.tokenEndpointAuthMethods.includes(method)) return;
  if (method === 'none' && secretOptional(client)) return;
  throw authenticationFailed(`${method} is not among the client's methods`);
}
