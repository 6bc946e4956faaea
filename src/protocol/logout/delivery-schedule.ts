import { type EpochSeconds, secondsAfter } from '../../kernel/clock.ts';
import type { LogoutNotice } from './logout-notice.ts';

/** What a client may take to answer, and a node to write it down, before another node tries. */
export const leaseSeconds = 60;

/** The pause behind each attempt, in seconds. */
const pauses = [15, 60, 240, 900, 1800, 3600, 7200, 14_400, 21_600, 21_600] as const;

/** Behind which nobody waits for the end of a session any more. */
const longestSeconds = 86_400;

/** When a notice is tried again whose attempt has failed at `at`; null: never. */
export function nextAttempt(
  { attempts, createdAt }: Pick<LogoutNotice, 'attempts' | 'createdAt'>,
  at: EpochSeconds,
): EpochSeconds | null {
  const pause = pauses[attempts - 1];
  if (pause === undefined) return null;
  const next = secondsAfter(at, pause);
  return next - createdAt > longestSeconds ? null : next;
}
