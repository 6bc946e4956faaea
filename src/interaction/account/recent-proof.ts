import type { EpochSeconds } from '../../kernel/clock.ts';
import type { Session } from '../../sessions/session.ts';

/** How long ago a person may have proven who they are to change how they do so: a browser that was left open does not suffice. */
const recentSeconds = 600;

/** Whether the person of a session has proven who they are a short while ago. */
export function isRecent({ authTime }: Pick<Session, 'authTime'>, now: EpochSeconds): boolean {
  return now < authTime + recentSeconds;
}
