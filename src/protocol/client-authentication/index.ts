import type { AuthMethod, Client } from '../../clients/client.ts';
import { type ClientSecret, isLive, type SecretKeeper } from '../../clients/secret.ts';
import type { ClientStore, StoredClient } from '../../clients/store.ts';
import type { Clock } from '../../kernel/clock.ts';
import { isUuid } from '../../kernel/random.ts';
import { OAuthError } from '../errors.ts';
import type { SingleUseStore } from '../store.ts';
import { createAssertionReader, createAssertionUse } from './client-assertion.ts';
import { createPresentedSecrets } from './client-secret.ts';
import { clientSecretBasic } from './client-secret-basic.ts';
import { createClientSecretJwt } from './client-secret-jwt.ts';
import { clientSecretPost } from './client-secret-post.ts';
import {
  type AuthenticationRequest,
  authenticationFailed,
  type Credentials,
  type CredentialsReader,
} from './method.ts';
import { none } from './none.ts';
import { createPrivateKeyJwt } from './private-key-jwt.ts';
import type { SecretUseRecorder } from './secret-use.ts';

export type { AuthenticationRequest } from './method.ts';

declare const authenticated: unique symbol;

/** An enabled client that has authenticated as its record demands. Only this folder makes one. */
export interface AuthenticatedClient {
  readonly client: Client;
  /** The client with its secrets, which sign for it where its record says so. */
  readonly stored: StoredClient;
  readonly method: SupportedAuthMethod;
  readonly [authenticated]: true;
}

/** The methods that exist, in the order of preference that discovery shows. */
export const supportedAuthMethods = [
  'client_secret_basic',
  'client_secret_post',
  'client_secret_jwt',
  'private_key_jwt',
  'none',
] as const satisfies AuthMethod[];

/** One of `supportedAuthMethods`. */
export type SupportedAuthMethod = (typeof supportedAuthMethods)[number];

/** Authenticates the client of a request. */
export interface ClientAuthentication {
  /**
   * @param secretOptional whether a client may leave its proof out here though its methods do not contain `none`
   * @throws OAuthError `invalid_request` when the request uses two methods, `invalid_client` when authentication fails
   * @throws TooManyRequestsError before anything is looked up or verified when too many attempts have failed; when all is
   * proven, for a client that asks too often: an id alone is no proof, and is not counted for the client
   */
  readonly authenticate: (
    request: AuthenticationRequest,
    secretOptional?: (client: Client) => boolean,
  ) => Promise<AuthenticatedClient>;
}

/** What client authentication is made of. */
export interface ClientAuthenticationDeps {
  readonly issuer: string;
  readonly clients: Pick<ClientStore, 'load' | 'adoptSecret'>;
  readonly secretKeeper: Pick<SecretKeeper, 'makeVerifier' | 'matches' | 'matchImported' | 'open' | 'seal'>;
  readonly secretUse: Pick<SecretUseRecorder, 'note'>;
  readonly singleUse: SingleUseStore;
  readonly clock: Clock;
}

/** Makes client authentication. */
export function createClientAuthentication(deps: ClientAuthenticationDeps): ClientAuthentication {
  const { clients, secretUse } = deps;
  const readers = [clientSecretBasic, clientSecretPost, createAssertionReader(deps)];
  const prove = createProof(deps);
  const useOnce = createAssertionUse(deps);

  return {
    async authenticate(request, secretOptional = () => false) {
      const credentials = chooseReader(readers, request).read(request);
      const { clientId, method } = credentials;
      checkSameClient(request, clientId);
      request.attempt.claim(clientId);
      const stored = isUuid(clientId) ? await clients.load(clientId) : undefined;
      const proof = await prove(credentials, stored);
      if (stored === undefined) throw authenticationFailed('unknown client');
      if (proof === undefined) throw authenticationFailed(describeFailure(credentials, stored.client));
      checkMayAuthenticate(stored.client, method, secretOptional);
      if ('assertion' in credentials) await useOnce(clientId, credentials.assertion);
      if (proof.secret !== null) secretUse.note(proof.secret);
      // Whoever knows no more than the id must not use up what the client may ask.
      if (method !== 'none') request.attempt.succeed(clientId);
      return { client: stored.client, stored, method } as AuthenticatedClient;
    },
  };
}

/**
 * For what needs a proof whatever the client's methods say: `none` does not do.
 * @throws OAuthError `invalid_client`
 */
export function requireSecret({ method }: AuthenticatedClient): void {
  if (method === 'none') throw authenticationFailed('a secret or an assertion is needed here');
}

/** That what was presented is the client's. */
interface Proof {
  /** The secret that took part in it. */
  readonly secret: ClientSecret | null;
}

/** Makes the one place where credentials are compared with what is stored; with something where nothing is. */
function createProof(deps: ClientAuthenticationDeps) {
  const { clock } = deps;
  const presentedSecrets = createPresentedSecrets(deps);
  const clientSecretJwt = createClientSecretJwt(deps);
  const privateKeyJwt = createPrivateKeyJwt();

  return async (credentials: Credentials, stored: StoredClient | undefined): Promise<Proof | undefined> => {
    if (credentials.method === 'none') return { secret: null };
    if (credentials.method === 'private_key_jwt') {
      return (await privateKeyJwt.verify(credentials.assertion, stored?.client))
        ? { secret: null }
        : undefined;
    }
    const now = clock.now();
    const live = stored?.secrets.filter((secret) => isLive(secret, now)) ?? [];
    const secret =
      credentials.method === 'client_secret_jwt'
        ? await clientSecretJwt.find(credentials.assertion, stored?.client, live)
        : await presentedSecrets.find(credentials.secret, credentials.clientId, live);
    return secret && { secret };
  };
}

function chooseReader(
  readers: readonly CredentialsReader[],
  request: AuthenticationRequest,
): CredentialsReader {
  const [used = none, another] = readers.filter(({ isUsed }) => isUsed(request));
  if (another === undefined) return used;
  throw new OAuthError('invalid_request', 'The request uses more than one way of client authentication.');
}

/** A `client_id` in the body may stand beside other credentials, but must not name another client. */
function checkSameClient({ form }: AuthenticationRequest, clientId: string): void {
  const named = form.get('client_id');
  if (named !== undefined && named !== clientId) {
    throw new OAuthError(
      'invalid_request',
      'The parameter client_id names another client than the credentials.',
    );
  }
}

function describeFailure(credentials: Credentials, { tokenEndpointJwtAuthAlg }: Client): string {
  if (!('assertion' in credentials)) return 'wrong or expired secret';
  return credentials.assertion.alg === tokenEndpointJwtAuthAlg
    ? 'no key of the client, or secret of it that is live and kept, verifies the assertion'
    : `the client signs its assertions with ${tokenEndpointJwtAuthAlg}`;
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
