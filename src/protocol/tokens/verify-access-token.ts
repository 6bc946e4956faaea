import { errors, jwtVerify } from 'jose';
import type { AccountStore } from '../../accounts/account.ts';
import type { CurrentCatalog } from '../../applications/live-catalog.ts';
import type { Client } from '../../clients/client.ts';
import type { ClientStore } from '../../clients/store.ts';
import type { Clock } from '../../kernel/clock.ts';
import { sha256 } from '../../kernel/encoding.ts';
import type { KeySet } from '../../keys/key-set.ts';
import { settingsAreEnforced } from '../checks/check-settings-enforced.ts';
import { clockSkewSeconds } from '../clock-skew.ts';
import type { AccessTokenStore } from '../store.ts';
import { accessTokenType } from '../vocabulary.ts';
import { accessTokenAlgorithm, opaqueTokenPrefix } from './access-token.ts';
import { type AccessTokenClaims, isAccessTokenClaims } from './access-token-claims.ts';
import { narrowClaims } from './narrow-claims.ts';

/** An access token that this server has issued and that has not expired, with the claims that it was issued with. */
export interface AuthenticAccessToken {
  readonly claims: AccessTokenClaims;
  /** Base64url SHA-256 of an opaque token; null for a JWT. */
  readonly opaqueHash: string | null;
}

/** An access token that is in force now, with its client as it is now and the claims that it still has. */
export interface VerifiedAccessToken extends AuthenticAccessToken {
  readonly client: Client;
}

/** The one place where an access token is judged. Its audience is left to the caller: see `hasAudience`. */
export interface AccessTokenVerifier {
  /** Undefined when the token is not ours, altered or expired. It may be out of force all the same. */
  readonly authenticate: (token: string) => Promise<AuthenticAccessToken | undefined>;
  /** Undefined also when it is revoked, or its client or account is gone, disabled or no longer lent, or held to what it does not meet. */
  readonly verify: (token: string) => Promise<VerifiedAccessToken | undefined>;
}

/** Makes the verifier. */
export function createAccessTokenVerifier(deps: {
  readonly issuer: string;
  readonly keyring: { readonly keySet: () => Pick<KeySet, 'verificationKey'> };
  readonly clients: Pick<ClientStore, 'load'>;
  readonly accounts: Pick<AccountStore, 'load'>;
  readonly accessTokens: Pick<AccessTokenStore, 'find' | 'isDenied'>;
  readonly currentCatalog: CurrentCatalog;
  readonly clock: Clock;
}): AccessTokenVerifier {
  const { issuer, keyring, clients, accounts, accessTokens, currentCatalog, clock } = deps;

  const readJwt = async (token: string): Promise<object | undefined> => {
    try {
      const { payload } = await jwtVerify(token, ({ kid }) => publicKeyOf(keyring.keySet(), kid), {
        algorithms: [accessTokenAlgorithm],
        typ: accessTokenType,
        issuer,
        currentDate: new Date(clock.now() * 1000),
      });
      return payload;
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  };

  const readOpaque = async (hash: string): Promise<object | undefined> =>
    (await accessTokens.find(hash))?.claims;

  const isValid = (claims: object | undefined): claims is AccessTokenClaims =>
    claims !== undefined && isAccessTokenClaims(claims) && claims.iss === issuer && isInTime(claims, clock);

  const loadClient = async ({ client_id, jti, iat }: AccessTokenClaims): Promise<Client | undefined> => {
    const [stored, isDenied] = await Promise.all([clients.load(client_id), accessTokens.isDenied(jti)]);
    if (stored === undefined || isDenied) return undefined;
    const { client } = stored;
    if (!client.enabled || iat < (client.tokensValidFrom ?? 0)) return undefined;
    // A token that was issued before its client was held to more does not meet the new setting.
    return settingsAreEnforced(client) ? client : undefined;
  };

  /** The subject is the client itself, or the account that the client acts for now. */
  const isSubjectActive = async ({ sub }: AccessTokenClaims, client: Client): Promise<boolean> => {
    if (sub === client.id) return true;
    if (sub !== client.clientCredentialsSubject) return false;
    const account = await accounts.load(sub);
    return account !== undefined && !account.disabled;
  };

  const authenticate: AccessTokenVerifier['authenticate'] = async (token) => {
    const opaqueHash = token.startsWith(opaqueTokenPrefix) ? sha256(token) : null;
    const claims = opaqueHash === null ? await readJwt(token) : await readOpaque(opaqueHash);
    return isValid(claims) ? { claims, opaqueHash } : undefined;
  };

  return {
    authenticate,
    async verify(token) {
      const authentic = await authenticate(token);
      if (!authentic) return undefined;
      const [client, catalog] = await Promise.all([loadClient(authentic.claims), currentCatalog()]);
      const claims = client && narrowClaims(authentic.claims, client, { issuer, catalog });
      if (!claims || !(await isSubjectActive(claims, client))) return undefined;
      return { claims, client, opaqueHash: authentic.opaqueHash };
    },
  };
}

function publicKeyOf(keySet: Pick<KeySet, 'verificationKey'>, kid: string | undefined) {
  const key = keySet.verificationKey(kid ?? '');
  if (key?.algorithm !== accessTokenAlgorithm) throw new errors.JWKSNoMatchingKey();
  return key.publicKey;
}

function isInTime({ iat, exp }: AccessTokenClaims, clock: Clock): boolean {
  const now = clock.now();
  return iat <= now + clockSkewSeconds && now < exp;
}
