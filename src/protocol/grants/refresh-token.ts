import { isDeepStrictEqual } from 'node:util';
import { type Client, requiresSecret } from '../../clients/client.ts';
import type { Clock, EpochSeconds } from '../../kernel/clock.ts';
import { type AuthenticatedClient, requireSecret } from '../client-authentication/index.ts';
import type { ConsentUseRecorder } from '../consent-use.ts';
import { OAuthError } from '../errors.ts';
import { requireParameter } from '../form.ts';
import { faultOfIssued } from '../grant-in-force.ts';
import type { TokenScope } from '../narrow-grant.ts';
import type { AccessTokenStore } from '../store.ts';
import type { GrantStore, StoredRefreshToken } from '../stored-grant.ts';
import { storeAccessToken } from '../tokens/access-token.ts';
import { opaqueTokenHash } from '../tokens/opaque-token.ts';
import { familyReference } from '../tokens/refresh-token-family.ts';
import type { Authorization, Grant, IssuedAnswer, TokenResponse } from './grant.ts';
import { grantEndAfter } from './grant-end.ts';
import { forgottenWith, type MadeRefreshToken, successorOf } from './refresh-tokens.ts';
import { openAnswer, sealAnswer } from './sealed-answer.ts';

/** What the grant is made of. */
export interface RefreshTokenDeps {
  readonly grants: Pick<
    GrantStore,
    'findRefreshToken' | 'findOfFamily' | 'rotate' | 'answerAgain' | 'extend' | 'end'
  >;
  readonly accessTokens: Pick<AccessTokenStore, 'insert'>;
  readonly consentUse: Pick<ConsentUseRecorder, 'note'>;
  readonly clock: Clock;
  /** Whether clients that prove a secret get another refresh token with each answer too. */
  readonly rotateConfidential: boolean;
}

/** How long a rotated token gets again what was answered for it, and how often at most. */
const graceSeconds = 60;
const mostRepetitions = 3;

/** A refresh token that was found, with what was presented. */
interface Presented {
  readonly token: string;
  readonly stored: StoredRefreshToken;
}

/**
 * A refresh token becomes tokens (RFC 6749 §6). Of a client that can do without a secret it is used once (RFC 9700 §4.14.2):
 *
 *     live ──used──► rotated, its successor live ──┬─ again within 60 s, 3 times ──► the same answer
 *                      │                           └─ later, or more often ────────► the grant ends
 *                      └─ 100 successors later ──► forgotten, but for its family ──► the grant ends
 *
 * All that take its place end when it would have. Any other client keeps the token that it has (FAPI 2.0 Security Profile §5.3.2.1).
 */
export function createRefreshTokenGrant(deps: RefreshTokenDeps): Grant {
  const { clock, consentUse } = deps;
  const repeat = createRepetition(deps);
  const rotate = createRotation(deps, repeat);
  const keep = createKeeping(deps);

  return {
    secretOptional: (client) => client.publicRefreshToken,
    async authorize({ authenticated, form }) {
      const { client, stored } = authenticated;
      if (!client.publicRefreshToken) requireSecret(authenticated);
      const presented = await find(deps, client, requireParameter(form, 'refresh_token'));
      const { grant, account } = presented.stored;
      const fault = faultOfIssued(presented.stored, { stored, now: clock.now() });
      if (fault !== undefined) throw refused(fault);
      // OpenID Connect Core §12.2: the nonce was of the sign-in.
      const person = { grant, account, nonce: null };
      if (presented.stored.rotatedAt !== null) {
        // Before anything that is asked for can be refused: it ends the grant whatever comes with it.
        if (answerIn(presented.stored, clock.now()) === null) throw await endReused(deps.grants, grant.id);
        return { kind: 'repeated', person, repeat: (tokenScope) => repeat(presented, tokenScope) };
      }
      consentUse.note(grant.consentId);
      const successor = rotates(authenticated, deps) ? successorOf(presented, clock.now()) : null;
      const commit: Authorization['commit'] = (issued) =>
        successor === null ? keep(presented, issued) : rotate(presented, successor, issued);
      return {
        kind: 'granted',
        subject: account.id,
        person,
        refreshToken: successor?.token ?? presented.token,
        commit,
      };
    },
  };
}

/** Whoever can do without a secret is who may have lost the token to somebody else. */
function rotates(
  { client, method }: AuthenticatedClient,
  { rotateConfidential }: Pick<RefreshTokenDeps, 'rotateConfidential'>,
): boolean {
  return rotateConfidential || method === 'none' || client.publicRefreshToken || !requiresSecret(client);
}

async function find(deps: RefreshTokenDeps, client: Client, token: string): Promise<Presented> {
  const stored = await deps.grants.findRefreshToken(opaqueTokenHash(token));
  if (stored === undefined) await endForgotten(deps, client, token);
  // Another client must not be able to end what it has no part in.
  if (stored?.grant.clientId !== client.id) throw refused('unknown, or of another client');
  return { token, stored };
}

/** A token of a family that goes on without it was rotated long ago, or made up by somebody who has had one of the family. */
async function endForgotten(
  { grants, clock }: Pick<RefreshTokenDeps, 'grants' | 'clock'>,
  client: Client,
  token: string,
): Promise<void> {
  const reference = familyReference(token);
  const relative = reference && (await grants.findOfFamily(reference));
  const isLive = relative !== undefined && clock.now() < relative.expiresAt;
  if (isLive && relative.grant.clientId === client.id) throw await endReused(grants, relative.grant.id);
}

async function endReused(grants: Pick<GrantStore, 'end'>, grantId: string): Promise<OAuthError> {
  await grants.end(grantId);
  return refused(`it was used before: the grant ${grantId} is ended`);
}

/**
 * Makes the answer to who presents a rotated token: the same for a while, and then the end of the grant. It is given only where the same
 * request would come to the same tokens now: to who asks for another resource it would be a token for the wrong one (RFC 8707 §2.2), and what
 * the client may not have any more is not given again.
 */
function createRepetition({ grants, clock }: Pick<RefreshTokenDeps, 'grants' | 'clock'>) {
  return async ({ token, stored }: Presented, tokenScope: TokenScope): Promise<TokenResponse> => {
    const { hash, grant } = stored;
    const answer = answerIn(stored, clock.now());
    if (answer !== null) {
      const given = openAnswer(token, answer);
      if (!isDeepStrictEqual(given.tokenScope, tokenScope)) {
        throw refused('it was used a moment ago, for another scope or audience');
      }
      if ((await grants.answerAgain(hash, mostRepetitions)) === 'again') return given.answer;
    }
    throw await endReused(grants, grant.id);
  };
}

/** What was answered to a rotated token, sealed, as long as it may be given again. */
function answerIn({ rotatedAt, answer }: StoredRefreshToken, now: EpochSeconds): string | null {
  return rotatedAt !== null && now - rotatedAt < graceSeconds ? answer : null;
}

/** Makes the last step of a token that is used once: one statement decides which of several requests rotates it. */
function createRotation(
  { grants, clock }: Pick<RefreshTokenDeps, 'grants' | 'clock'>,
  repeat: (presented: Presented, tokenScope: TokenScope) => Promise<TokenResponse>,
) {
  return async (
    presented: Presented,
    successor: MadeRefreshToken,
    { answer, tokenScope, accessToken }: IssuedAnswer,
  ): Promise<TokenResponse> => {
    const { token, stored } = presented;
    const at = clock.now();
    const end = grantEndAfter(at, answer, successor.stored);
    const outcome = await grants.rotate({
      hash: stored.hash,
      grantId: stored.grant.id,
      at,
      grantExpiresAt: end > stored.grant.expiresAt ? end : null,
      successor: successor.stored,
      forgotten: forgottenWith(successor.stored),
      answer: sealAnswer(token, { answer, tokenScope }),
      accessToken,
    });
    if (outcome === 'rotated') return answer;
    const meanwhile = outcome === 'reused' ? await grants.findRefreshToken(stored.hash) : undefined;
    if (meanwhile === undefined) throw refused('its grant went meanwhile');
    return repeat({ token, stored: meanwhile }, tokenScope);
  };
}

/** Makes the last step of a token that stays: its grant is written to only where it has to be kept for longer. */
function createKeeping({ grants, accessTokens, clock }: RefreshTokenDeps) {
  return async ({ stored }: Presented, { answer, accessToken }: IssuedAnswer): Promise<TokenResponse> => {
    const end = grantEndAfter(clock.now(), answer, stored);
    if (end <= stored.grant.expiresAt) await storeAccessToken(accessTokens, accessToken);
    else if ((await grants.extend(stored.grant.id, end, accessToken)) === 'gone') {
      throw refused('its grant went meanwhile');
    }
    return answer;
  };
}

/** One answer for all, which does not tell whether there is such a token. */
function refused(detail: string): OAuthError {
  return new OAuthError('invalid_grant', 'The refresh token is not valid.', { detail });
}
