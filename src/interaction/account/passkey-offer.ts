import type { EpochSeconds } from '../../kernel/clock.ts';
import type { AccountVisit } from './account-visit.ts';

/** How long a person may take to make a passkey. */
const offerSeconds = 600;

/** A challenge as it goes through the form: with its time and what binds both to this session at this browser. */
export function sealChallenge(visit: AccountVisit, challenge: string, now: EpochSeconds): string {
  const offer = `${challenge}.${now}`;
  return `${offer}.${visit.browser.csrf(subjectOf(visit, offer))}`;
}

/**
 * The challenge that came back; undefined: it was made for somebody else, or too long ago. One that comes back twice makes no second
 * passkey: the first has its credential id.
 */
export function openChallenge(visit: AccountVisit, sealed: string, now: EpochSeconds): string | undefined {
  const [challenge = '', madeAt = '', proof = ''] = sealed.split('.');
  if (!visit.browser.proves(subjectOf(visit, `${challenge}.${madeAt}`), proof)) return undefined;
  return now < Number(madeAt) + offerSeconds ? challenge : undefined;
}

function subjectOf({ session }: AccountVisit, offer: string): string {
  return `passkey ${session.id} ${offer}`;
}
