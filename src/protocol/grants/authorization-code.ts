import type { Client } from '../../clients/client.ts';
import type { Clock } from '../../kernel/clock.ts';
import { isRegistered } from '../authorization/redirect-uri.ts';
import { checkCodeVerifier } from '../checks/check-code-verifier.ts';
import type { ConsentUseRecorder } from '../consent-use.ts';
import { OAuthError } from '../errors.ts';
import { type Form, requireParameter } from '../form.ts';
import { faultOfIssued } from '../grant-in-force.ts';
import type { GrantStore, StoredCode } from '../stored-grant.ts';
import { opaqueTokenHash } from '../tokens/opaque-token.ts';
import type { Grant, IssuedAnswer, TokenResponse } from './grant.ts';
import { grantEndAfter } from './grant-end.ts';
import { firstRefreshToken, givesRefreshToken, type MadeRefreshToken } from './refresh-tokens.ts';

/** What the grant is made of. */
export interface AuthorizationCodeDeps {
  readonly grants: Pick<GrantStore, 'findCode' | 'redeemCode' | 'end'>;
  readonly consentUse: Pick<ConsentUseRecorder, 'note'>;
  readonly clock: Clock;
}

/**
 * A code becomes tokens (RFC 6749 §4.1.3), once. Whoever presents it again ends what came from it, for as long as it is known that
 * it was used (§4.1.2): one of the two is not who they say.
 */
export function createAuthorizationCodeGrant(deps: AuthorizationCodeDeps): Grant {
  const { grants, consentUse, clock } = deps;
  const redeem = createRedemption(deps);

  return {
    async authorize({ authenticated: { client, stored }, form }) {
      const hash = opaqueTokenHash(requireParameter(form, 'code'));
      const code = await grants.findCode(hash);
      // Another client must not be able to end what it has no part in.
      if (code === undefined || code.grant.clientId !== client.id)
        throw refused('unknown, or of another client');
      if (code.usedAt !== null) throw await endReplayed(grants, code);
      const now = clock.now();
      const fault = faultOfIssued(code, { stored, now });
      if (fault !== undefined) throw refused(fault);
      checkRedirectUri(client, code, form);
      checkCodeVerifier(client, code.record.codeChallenge, form.get('code_verifier'));
      const refreshToken = givesRefreshToken(client, code.grant)
        ? firstRefreshToken(client, code.grant, now)
        : null;
      consentUse.note(code.grant.consentId);
      return {
        kind: 'granted',
        subject: code.account.id,
        person: { grant: code.grant, account: code.account, nonce: code.record.nonce },
        refreshToken: refreshToken?.token ?? null,
        commit: (issued) => redeem(code, refreshToken, issued),
      };
    },
  };
}

/** Makes the last step: one statement decides which of several requests has the code. */
function createRedemption({ grants, clock }: Pick<AuthorizationCodeDeps, 'grants' | 'clock'>) {
  return async (
    code: StoredCode,
    refreshToken: MadeRefreshToken | null,
    { answer, accessToken }: IssuedAnswer,
  ): Promise<TokenResponse> => {
    const at = clock.now();
    const outcome = await grants.redeemCode({
      hash: code.hash,
      grantId: code.grant.id,
      at,
      grantExpiresAt: grantEndAfter(at, answer, refreshToken?.stored ?? null),
      refreshToken: refreshToken?.stored ?? null,
      accessToken,
    });
    if (outcome === 'redeemed') return answer;
    throw outcome === 'replayed' ? await endReplayed(grants, code) : refused('its grant went meanwhile');
  };
}

async function endReplayed(grants: Pick<GrantStore, 'end'>, { grant }: StoredCode): Promise<OAuthError> {
  await grants.end(grant.id);
  return refused(`it was used before: the grant ${grant.id} is ended`);
}

/** The URI must be repeated where the request named it, and be one that the client still has. */
function checkRedirectUri(client: Client, { record }: StoredCode, form: Form): void {
  const { redirectUri, redirectUriGiven } = record;
  const named = form.get('redirect_uri');
  const isSame = named === undefined ? !redirectUriGiven : named === redirectUri;
  if (!isSame)
    throw new OAuthError('invalid_grant', 'The redirect_uri is not the one that the code was sent to.');
  if (!isRegistered(redirectUri, client.redirectUris))
    throw refused('its redirect URI is not registered any more');
}

/** One answer for all, which does not tell whether there is such a code. */
function refused(detail: string): OAuthError {
  return new OAuthError('invalid_grant', 'The code is not valid.', { detail });
}
