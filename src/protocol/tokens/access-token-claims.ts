import type { Client } from '../../clients/client.ts';
import type { EpochSeconds } from '../../kernel/clock.ts';
import type { JsonObject } from '../../kernel/encoding.ts';
import type { Audience } from '../audience.ts';
import type { StoredGrant } from '../stored-grant.ts';

/** The claims of an access token (RFC 9068 §2.2), whether it is a JWT or an opaque token that stands for them. */
export interface AccessTokenClaims {
  readonly iss: string;
  readonly sub: string;
  /** A string when there is one audience. */
  readonly aud: string | Audience;
  readonly exp: EpochSeconds;
  readonly iat: EpochSeconds;
  readonly jti: string;
  readonly client_id: string;
  /** Absent when no scope was granted. */
  readonly scope?: string;
  /** The application that the client belongs to. */
  readonly application_id?: string;
  readonly application_bindings?: readonly JsonObject[];
  readonly managed_buckets?: true;
  /** The sign-in of a person that the token comes from, and ends with. */
  readonly grant_id?: string;
  /** How that person had signed in (RFC 9068 §2.2.1). */
  readonly auth_time?: EpochSeconds;
  readonly acr?: string;
  readonly amr?: readonly string[];
}

/** An audience as it stands in a token: a string when there is one (RFC 7519 §4.1.3). */
export function audienceClaim(audience: Audience): AccessTokenClaims['aud'] {
  return audience.length === 1 ? audience[0] : audience;
}

/** What the client's record adds to its tokens. */
export function clientClaims(
  client: Client,
): Pick<AccessTokenClaims, 'client_id' | 'application_id' | 'application_bindings' | 'managed_buckets'> {
  return {
    client_id: client.id,
    ...(client.applicationId !== null && { application_id: client.applicationId }),
    ...(client.applicationBindings.length > 0 && {
      application_bindings: client.applicationBindings.map(({ applicationId, config }) => ({
        application_id: applicationId,
        ...(config !== null && { config: { json_config: config.jsonConfig } }),
      })),
    }),
    ...(client.usesManagedBuckets && { managed_buckets: true }),
  };
}

/** What a token that speaks for a person says of the sign-in that it comes from. */
export function grantClaims({
  id,
  record: { authTime, acr, amr },
}: StoredGrant): Pick<AccessTokenClaims, 'grant_id' | 'auth_time' | 'acr' | 'amr'> {
  return {
    grant_id: id,
    auth_time: authTime,
    ...(acr !== null && { acr }),
    ...(amr.length > 0 && { amr }),
  };
}

/** Whether parsed claims are those of an access token: none is missing or of another type. */
export function isAccessTokenClaims(claims: object): claims is AccessTokenClaims {
  const { iss, sub, aud, exp, iat, jti, client_id, scope, grant_id } = claims as Readonly<
    Record<string, unknown>
  >;
  return (
    [iss, sub, jti, client_id].every((claim) => typeof claim === 'string') &&
    [exp, iat].every((claim) => Number.isSafeInteger(claim)) &&
    (typeof aud === 'string' || isNonEmptyStrings(aud)) &&
    [scope, grant_id].every((claim) => claim === undefined || typeof claim === 'string')
  );
}

/** Whether a token is for `audience`. A resource server accepts no other (RFC 9068 §4). */
export function hasAudience({ aud }: Pick<AccessTokenClaims, 'aud'>, audience: string): boolean {
  return typeof aud === 'string' ? aud === audience : aud.includes(audience);
}

function isNonEmptyStrings(value: unknown): value is Audience {
  return Array.isArray(value) && value.length > 0 && value.every((entry) => typeof entry === 'string');
}
