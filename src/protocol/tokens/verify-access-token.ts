import type { KeyObject } from 'node:crypto';
import type { JWTHeaderParameters } from 'jose';
import { JOSEError, JWKSNoMatchingKey } from 'jose/errors';
import { jwtVerify } from 'jose/jwt/verify';
import type { AccountStore } from '../../accounts/account.ts';
import type { CurrentCatalog } from '../../applications/live-catalog.ts';
import type { Client } from '../../clients/client.ts';
import type { ClientStore } from '../../clients/store.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { KeySet, VerificationKey } from '../../keys/key-set.ts';
import { settingsAreEnforced } from '../checks/check-settings-enforced.ts';
import { clockSkewSeconds } from '../clock-skew.ts';
import type { AccessTokenStore } from '../store.ts';
import { accessTokenType } from '../vocabulary.ts';
import { accessTokenAlgorithm, opaqueTokenHash, opaqueTokenPrefix } from './access-token.ts';
import { type AccessTokenClaims, isAccessTokenClaims } from './access-token-claims.ts';
import { narrowClaims } from './narrow-claims.ts';
import { createVerifiedSignatures } from './verified-signatures.ts';

/** An access token that this server has issued and that has not expired, with the claims that it was issued with. */
export interface AuthenticAccessToken {
  readonly claims: AccessTokenClaims;
  /** What an opaque token is found by; null for a JWT. */
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

  const signatures = createVerifiedSignatures();

  const readJwt = async (token: string): Promise<object | undefined> => {
    const kid = signatures.kidOf(token);
    if (kid === undefined) return verifyJwt(token);
    return findKey(keyring.keySet(), kid) && claimsOf(token);
  };

  const verifyJwt = async (token: string): Promise<object | undefined> => {
    try {
      const keyOf = ({ kid = '' }: JWTHeaderParameters) => publicKeyOf(keyring.keySet(), kid);
      const { payload, protectedHeader } = await jwtVerify(token, keyOf, {
        algorithms: [accessTokenAlgorithm],
        typ: accessTokenType,
        issuer,
        currentDate: new Date(clock.now() * 1000),
      });
      signatures.remember(token, protectedHeader.kid ?? '');
      return payload;
    } catch (error) {
      if (error instanceof JOSEError) return undefined;
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
    const opaqueHash = token.startsWith(opaqueTokenPrefix) ? opaqueTokenHash(token) : null;
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

function publicKeyOf(keySet: Pick<KeySet, 'verificationKey'>, kid: string): KeyObject {
  const key = findKey(keySet, kid);
  if (key === undefined) throw new JWKSNoMatchingKey();
  return key.publicKey;
}

/** A key under `kid` that access tokens are signed with. */
function findKey(keySet: Pick<KeySet, 'verificationKey'>, kid: string): VerificationKey | undefined {
  const key = keySet.verificationKey(kid);
  return key?.algorithm === accessTokenAlgorithm ? key : undefined;
}

/** The claims of a token whose signature and form were verified. */
function claimsOf(token: string): object {
  return JSON.parse(Buffer.from(token.split('.', 2)[1] ?? '', 'base64url').toString());
}

function isInTime(
  { iat, exp, nbf = 0 }: AccessTokenClaims & { readonly nbf?: number },
  clock: Clock,
): boolean {
  const now = clock.now();
  return iat <= now + clockSkewSeconds && nbf <= now && now < exp;
}
