import type { Catalog } from '../../applications/catalog.ts';
import type { StoredClient } from '../../clients/store.ts';
import type { Clock, EpochSeconds } from '../../kernel/clock.ts';
import { faultOfIssued } from '../grant-in-force.ts';
import { mayHave } from '../scopes.ts';
import type { GrantStore } from '../stored-grant.ts';
import { opaqueTokenHash } from './opaque-token.ts';

/** What a client gets to know of a refresh token that would be accepted now (RFC 7662 §2.2). */
export interface RefreshTokenFacts {
  readonly iss: string;
  readonly sub: string;
  readonly client_id: string;
  readonly exp: EpochSeconds;
  readonly iat: EpochSeconds;
  /** Absent when none was granted. */
  readonly scope?: string;
}

/** Reads a refresh token of a client; undefined when it is none of this client's, or would be refused. */
export type RefreshTokenReader = (
  token: string,
  stored: StoredClient,
  catalog: Pick<Catalog, 'scope'>,
) => Promise<RefreshTokenFacts | undefined>;

/** What refresh tokens are read with. */
export interface RefreshTokenReaderDeps {
  readonly issuer: string;
  readonly grants: Pick<GrantStore, 'findRefreshToken'>;
  readonly clock: Clock;
}

/** Makes the reader. */
export function createRefreshTokenReader(deps: RefreshTokenReaderDeps): RefreshTokenReader {
  const { issuer, grants, clock } = deps;
  return async (token, stored, catalog) => {
    const { client } = stored;
    const found = await grants.findRefreshToken(opaqueTokenHash(token));
    if (found === undefined || found.rotatedAt !== null) return undefined;
    const { grant, issuedAt, expiresAt } = found;
    const fault = faultOfIssued(found, { stored, now: clock.now() });
    if (fault !== undefined || !client.grantTypes.includes('refresh_token')) return undefined;
    const scopes = grant.record.scopes.filter((name) => {
      const scope = catalog.scope(name);
      return scope !== undefined && mayHave(client, scope);
    });
    if (scopes.length === 0 && grant.record.scopes.length > 0) return undefined;
    return {
      iss: issuer,
      sub: grant.accountId,
      client_id: client.id,
      exp: expiresAt,
      iat: issuedAt,
      ...(scopes.length > 0 && { scope: scopes.join(' ') }),
    };
  };
}
