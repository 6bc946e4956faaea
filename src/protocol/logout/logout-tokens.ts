import type { SignatureAlg } from '../../clients/client.ts';
import type { StoredClient } from '../../clients/store.ts';
import { secondsAfter } from '../../kernel/clock.ts';
import { randomUuid } from '../../kernel/random.ts';
import { isSigningAlgorithm } from '../../keys/signing-algorithm.ts';
import { sidOf } from '../../sessions/session.ts';
import { createTokenSigner, type TokenSignerDeps } from '../tokens/token-signer.ts';
import type { LogoutNotice } from './logout-notice.ts';

/** The `typ` of logout tokens (OpenID Connect Back-Channel Logout §2.4). */
export const logoutTokenType = 'logout+jwt';

const event = 'http://schemas.openid.net/event/backchannel-logout';

/** As long as a client takes to read it: one that is caught on the way ends nothing later. */
const lifetimeSeconds = 120;

/** What every client can verify: the algorithm of an ID token unless a client has another (OpenID Connect Registration §2). */
const commonAlgorithm: SignatureAlg = 'RS256';

/** Makes the tokens that tell clients of the end of a session (OpenID Connect Back-Channel Logout §2.4). */
export interface LogoutTokens {
  /**
   * Signed as the ID tokens of the client are; of a client that is deleted, and with it its own keys, by the server's. It names the
   * person, and the session where the record says so; never a nonce.
   * @throws OAuthError as `TokenSigner.sign`
   */
  readonly issue: (stored: StoredClient, notice: LogoutNotice) => Promise<string>;
}

/** Makes the issuer. */
export function createLogoutTokens(deps: TokenSignerDeps & { readonly issuer: string }): LogoutTokens {
  const { issuer, clock } = deps;
  const signer = createTokenSigner({ ...deps, typ: logoutTokenType });
  return {
    issue: (stored, notice) => {
      const { sessionId, accountId } = notice;
      const { id, backchannelLogoutSessionRequired } = stored.client;
      const iat = clock.now();
      const claims = {
        iss: issuer,
        sub: accountId,
        aud: id,
        iat,
        exp: secondsAfter(iat, lifetimeSeconds),
        jti: randomUuid(),
        events: { [event]: {} },
        ...(backchannelLogoutSessionRequired && sessionId !== accountId && { sid: sidOf(sessionId, id) }),
      };
      return notice.record === null
        ? signer.sign(stored, stored.client.idTokenSignatureAlg, claims)
        : signer.sign(withoutKeys(stored), serverAlgorithm(stored.client.idTokenSignatureAlg), claims);
    },
  };
}

/** A client that the server's keys sign for. */
function withoutKeys({ client }: StoredClient): StoredClient {
  return { client: { ...client, keyPairType: null }, secrets: [] };
}

function serverAlgorithm(wanted: SignatureAlg): SignatureAlg {
  return isSigningAlgorithm(wanted) ? wanted : commonAlgorithm;
}
