import { asEpochSeconds, type EpochSeconds } from '../../kernel/clock.ts';
import type { NewRefreshToken } from '../stored-grant.ts';
import type { TokenResponse } from './grant.ts';

/** When nothing that was given with `answer` at `now` is in force any more. */
export function grantEndAfter(
  now: EpochSeconds,
  { expires_in }: Pick<TokenResponse, 'expires_in'>,
  refreshToken: Pick<NewRefreshToken, 'expiresAt'> | null,
): EpochSeconds {
  return asEpochSeconds(Math.max(now + expires_in, refreshToken?.expiresAt ?? 0));
}
