import { createPublicKey, type KeyObject, type webcrypto } from 'node:crypto';
import { JOSEError } from 'jose/errors';
import { compactVerify } from 'jose/jws/compact/verify';
import type { SignatureAlg } from '../../clients/client.ts';
import { isLive, type SecretKeeper } from '../../clients/secret.ts';
import type { ClientStore, StoredClient } from '../../clients/store.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { JsonObject, JsonValue } from '../../kernel/encoding.ts';
import { isUuid } from '../../kernel/random.ts';
import type { ClientKeys } from '../../keys/client-keys.ts';
import { jwsAlgorithmsOf } from '../../keys/jws-algorithm.ts';
import type { KeySet } from '../../keys/key-set.ts';
import type { PastKeyStore } from '../../keys/past-key.ts';
import { algNamed, isMacAlg, namesOf } from '../client-authentication/assertion.ts';
import { parseCompactJws } from '../client-authentication/compact-jws.ts';

/** What an ID token of this server says to whoever gives it back, be it expired or not. */
export interface IdTokenHint {
  /** The account. */
  readonly subject: string;
  /** The client that it was issued to. */
  readonly clientId: string;
  /** What the client knows the session by; null: the token does not tell. */
  readonly sid: string | null;
}

/** Reads `id_token_hint` (OpenID Connect Core §3.1.2.1, RP-Initiated Logout §2). */
export interface IdTokenHints {
  /**
   * Undefined when the token is none that this server has signed for one of its clients, or for the client `clientId` where that is
   * given. A token may be expired: whoever lets time pass hands over what it once was given.
   */
  readonly read: (token: string, clientId?: string) => Promise<IdTokenHint | undefined>;
}

/** What hints are verified with. */
export interface IdTokenHintDeps {
  readonly issuer: string;
  readonly keyring: { readonly keySet: () => Pick<KeySet, 'verificationKey'> };
  readonly clientKeys: Pick<ClientKeys, 'published'>;
  readonly pastKeys: PastKeyStore;
  readonly clients: Pick<ClientStore, 'load'>;
  readonly secretKeeper: Pick<SecretKeeper, 'open'>;
  /** False: the server keeps verifiers of secrets alone. */
  readonly secretsKept: boolean;
  readonly clock: Clock;
}

/** In characters. */
const longestToken = 16_384;

interface UnverifiedIdToken {
  readonly jws: string;
  readonly alg: SignatureAlg;
  readonly kid: string;
  readonly hint: IdTokenHint;
}

/** Makes the reader. */
export function createIdTokenHints(deps: IdTokenHintDeps): IdTokenHints {
  const { issuer, clients } = deps;
  return {
    async read(token, clientId) {
      const idToken = token.length > longestToken ? undefined : parseIdToken(token, issuer);
      if (!idToken || (clientId !== undefined && clientId !== idToken.hint.clientId)) return undefined;
      const stored = await clients.load(idToken.hint.clientId);
      if (stored === undefined) return undefined;
      const keys = isMacAlg(idToken.alg)
        ? secretsOf(deps, stored, idToken.alg)
        : await publicKeysOf(deps, idToken);
      return (await isSigned(idToken, keys)) ? idToken.hint : undefined;
    },
  };
}

/** Of all that this server signs, only ID tokens have this type together with a time at which they end. */
function parseIdToken(jws: string, issuer: string): UnverifiedIdToken | undefined {
  const parsed = parseCompactJws(jws);
  if (parsed === undefined) return undefined;
  const { alg: algName, typ, kid = '', crit } = parsed.header;
  const { iss, sub, aud, exp, iat, sid } = parsed.payload;
  const alg = algNamed(algName);
  const isIdToken = typ === 'JWT' && crit === undefined && [exp, iat].every(Number.isSafeInteger);
  if (alg === undefined || !isIdToken || iss !== issuer) return undefined;
  if (!isId(sub) || !isId(aud) || typeof kid !== 'string') return undefined;
  return { jws, alg, kid, hint: { subject: sub, clientId: aud, sid: typeof sid === 'string' ? sid : null } };
}

/** Every secret that the client may still use, where tokens for it are signed with one: any of them may have been the newest. */
function secretsOf(deps: IdTokenHintDeps, stored: StoredClient, alg: SignatureAlg): readonly Uint8Array[] {
  const { secretKeeper, secretsKept, clock } = deps;
  const { client, secrets } = stored;
  if (!secretsKept || client.idTokenSignatureAlg !== alg) return [];
  return secrets
    .filter((secret) => isLive(secret, clock.now()))
    .flatMap(({ id: secretId, sealed }) =>
      sealed === null ? [] : [Buffer.from(secretKeeper.open(sealed, { clientId: client.id, secretId }))],
    );
}

/** The key that the token names: the server's, or one that a client has, or one that either has had. */
async function publicKeysOf(
  deps: IdTokenHintDeps,
  idToken: UnverifiedIdToken,
): Promise<readonly KeyObject[]> {
  const { keyring, clientKeys } = deps;
  const { alg, kid } = idToken;
  const own = keyring.keySet().verificationKey(kid);
  if (own !== undefined) return own.algorithm === alg ? [own.publicKey] : [];
  const published = (await clientKeys.published()).find((jwk) => jwk['kid'] === kid);
  const jwk = published ?? (await pastJwkOf(deps, idToken));
  const key = jwk && importKey(jwk);
  return key && jwsAlgorithmsOf(key).some((known) => known === alg) ? [key] : [];
}

/**
 * What is left of a key that is removed. Who has got hold of the private half since has no `sid` to put into a token: so what names
 * none proves nothing under it.
 */
async function pastJwkOf(
  { pastKeys, clock }: IdTokenHintDeps,
  { kid, hint }: UnverifiedIdToken,
): Promise<JsonObject | undefined> {
  if (hint.sid === null) return undefined;
  const past = await pastKeys.load(kid);
  return past !== undefined && clock.now() < past.expiresAt ? past.publicJwk : undefined;
}

function importKey(jwk: JsonObject): KeyObject {
  return createPublicKey({ key: jwk as webcrypto.JsonWebKey, format: 'jwk' });
}

async function isSigned(
  { jws, alg }: UnverifiedIdToken,
  keys: readonly (KeyObject | Uint8Array)[],
): Promise<boolean> {
  for (const key of keys) {
    try {
      await compactVerify(jws, key, { algorithms: [...namesOf(alg)] });
      return true;
    } catch (error) {
      if (!(error instanceof JOSEError)) throw error;
    }
  }
  return false;
}

function isId(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && isUuid(value);
}
