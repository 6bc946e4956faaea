import { type SignatureAlg, signatureAlgs } from '../../clients/client.ts';
import { openNewestSecret } from '../../clients/newest-secret.ts';
import type { SecretKeeper } from '../../clients/secret.ts';
import type { StoredClient } from '../../clients/store.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ClientKeyError, type ClientKeyErrorCode } from '../../keys/client-key.ts';
import type { ClientKeys } from '../../keys/client-keys.ts';
import type { KeySet } from '../../keys/key-set.ts';
import { createMacSigner, isMacAlgorithm } from '../../keys/mac-signer.ts';
import { isSigningAlgorithm } from '../../keys/signing-algorithm.ts';
import { OAuthError, type OAuthErrorCode } from '../errors.ts';
import { createJwtWriter, type JwtSigner } from './signed-jwt.ts';

/** Signs what is meant for a client, as its record says: never with another key, never by another algorithm. */
export interface TokenSigner {
  /** The algorithms that a client can be set to here. */
  readonly algorithms: readonly SignatureAlg[];
  /**
   * A JWT of `claims`, under the key that the client has when the call begins.
   * @throws OAuthError `temporarily_unavailable` when who holds the key does not sign, or the key is of another kind since the record
   *   was read; `server_error` when nothing here can sign
   */
  readonly sign: (stored: StoredClient, alg: SignatureAlg, claims: object) => Promise<string>;
}

/** What tokens are signed with. */
export interface TokenSignerDeps {
  readonly keyring: { readonly keySet: () => Pick<KeySet, 'signer'> };
  readonly clientKeys: Pick<ClientKeys, 'signerOf'>;
  readonly secretKeeper: Pick<SecretKeeper, 'open'>;
  /** False: the server keeps verifiers of secrets alone. */
  readonly secretsKept: boolean;
  /** Whether a remote signer is configured. */
  readonly remoteSigner: boolean;
  readonly clock: Clock;
  /** Of what is signed (RFC 8725 §3.11). Default: `JWT`. */
  readonly typ?: string;
}

/**
 * Makes the signer. An algorithm with a shared secret signs with the client's newest live secret (OpenID Connect Core §10.1), any other
 * with the client's own key pair where its record names one, with the server's key where it names none.
 */
export function createTokenSigner(deps: TokenSignerDeps): TokenSigner {
  const { keyring, clientKeys, secretsKept, remoteSigner, typ = 'JWT' } = deps;
  const writeJwt = createJwtWriter(typ);

  const signerOf = async (stored: StoredClient, alg: SignatureAlg): Promise<JwtSigner> => {
    const { id, keyPairType } = stored.client;
    if (isMacAlgorithm(alg)) return createMacSigner(openSecret(deps, stored), alg);
    if (keyPairType !== null) return clientKeys.signerOf(id, alg);
    if (isSigningAlgorithm(alg)) return keyring.keySet().signer(alg);
    throw new ClientKeyError('no-signer', `the server has no key of its own for ${alg}`);
  };

  return {
    // All of them fit some kind of key; the last two conditions are what that kind needs.
    algorithms: signatureAlgs.filter((alg) =>
      isMacAlgorithm(alg) ? secretsKept : remoteSigner || alg !== 'EdDSA',
    ),
    async sign(stored, alg, claims) {
      try {
        return await writeJwt(await signerOf(stored, alg), claims);
      } catch (error) {
        throw error instanceof ClientKeyError ? refusalOf(error, stored) : error;
      }
    },
  };
}

/** The newest live secret, the one that the rules of the record look at too. */
function openSecret(deps: TokenSignerDeps, stored: StoredClient): string {
  const newest = openNewestSecret(deps, stored);
  if (newest) return newest.text;
  throw new ClientKeyError('no-signer', 'the newest live secret is not kept, or there is none');
}

const unavailable = ['temporarily_unavailable', 'The server cannot sign at the moment; try again.'] as const;

/** What the caller learns; why it is so is for the log. */
const refusals: Readonly<Record<ClientKeyErrorCode, readonly [OAuthErrorCode, string]>> = {
  busy: unavailable,
  'signer-unavailable': unavailable,
  'key-changed': unavailable,
  'no-signer': ['server_error', 'The server cannot sign for the client.'],
};

function refusalOf(error: ClientKeyError, { client }: StoredClient): OAuthError {
  const [code, description] = refusals[error.code];
  const detail = `nothing was signed for the client ${client.id}: ${reasonsOf(error).join(': ')}`;
  return new OAuthError(code, description, { detail, cause: error });
}

/** The messages of an error and of what caused it. */
function reasonsOf(error: unknown): readonly string[] {
  return error instanceof Error ? [error.message, ...reasonsOf(error.cause)] : [];
}
