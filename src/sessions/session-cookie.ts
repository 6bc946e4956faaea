import { isUuid } from '../kernel/random.ts';

/** What a browser holds of one session. */
export interface HeldSession {
  readonly id: string;
  readonly secret: string;
}

/** How many accounts one browser can be signed in to. */
export const mostSessions = 5;

const secretPattern = /^[\w-]{43}$/;

/** Reads the value of a session cookie, the last used session first; what is malformed is left out. */
export function readHeld(value: string | undefined): readonly HeldSession[] {
  if (value === undefined) return [];
  const held: HeldSession[] = [];
  for (const entry of value.split('~', mostSessions)) {
    const end = entry.indexOf('.');
    const [id, secret] = [entry.slice(0, end), entry.slice(end + 1)];
    const isKnown = held.some((other) => other.id === id);
    if (end > 0 && isUuid(id) && secretPattern.test(secret) && !isKnown) held.push({ id, secret });
  }
  return held;
}

/** The value of a session cookie; more than `mostSessions` are cut off. */
export function writeHeld(held: readonly HeldSession[]): string {
  return held
    .slice(0, mostSessions)
    .map(({ id, secret }) => `${id}.${secret}`)
    .join('~');
}
