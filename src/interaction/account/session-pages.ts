import type { FastifyReply } from 'fastify';
import type { Endings } from '../../protocol/logout/endings.ts';
import { handleOf, type Session } from '../../sessions/session.ts';
import type { Sessions } from '../../sessions/sessions.ts';
import { sendPage } from '../page-replies.ts';
import type { SessionsPage, ShownSession } from '../pages/models.ts';
import { showAccount } from '../shown.ts';
import { type AccountVisit, doneIn, formSecretsOf, provenForm, redirectDone } from './account-visit.ts';

/** What the page about sessions is made of. */
export interface SessionPageDeps {
  readonly sessions: Pick<Sessions, 'listOfAccount'>;
  readonly endings: Pick<Endings, 'endSession' | 'endSessionsOf'>;
}

type Done = NonNullable<SessionsPage['done']>;
const allDone: readonly Done[] = ['session-ended', 'sessions-ended'];

/** Shows where the person is signed in. */
export function createSessionsPage({ sessions }: SessionPageDeps) {
  return async (visit: AccountVisit): Promise<FastifyReply> => {
    const live = await sessions.listOfAccount(visit.account.id);
    const isHere = ({ id }: Session) => id === visit.session.id;
    const shown = [...live.filter(isHere), ...live.filter((session) => !isHere(session))];
    return sendPage(visit.reply, {
      kind: 'sessions',
      form: formSecretsOf(visit),
      account: showAccount(visit.account),
      sessions: shown.map((session) => showSession(session, isHere(session))),
      done: doneIn(visit, allDone),
    });
  };
}

/** Ends one session of the person, or all others. That it has ended already is as good. */
export function createSessionEnding({ sessions, endings }: SessionPageDeps) {
  return async (visit: AccountVisit): Promise<FastifyReply> => {
    const which = provenForm(visit).get('end');
    const { audit } = visit;
    const { id } = visit.account;
    if (which === undefined) return redirectDone(visit, null);
    const live = await sessions.listOfAccount(id);
    if (which === 'others') {
      const others = live.filter((session) => session.id !== visit.session.id);
      await Promise.all(others.map((session) => endings.endSession(session.id, audit)));
      // And what is left of those that count no more, or have begun just now.
      await endings.endSessionsOf(id, visit.session.id);
      return redirectDone(visit, 'sessions-ended' satisfies Done);
    }
    const session = live.find((candidate) => handleOf(candidate.id) === which);
    if (session !== undefined) await endings.endSession(session.id, audit);
    return redirectDone(visit, 'session-ended' satisfies Done);
  };
}

function showSession({ id, userAgent, authTime, lastSeenAt }: Session, current: boolean): ShownSession {
  return { handle: handleOf(id), current, userAgent, authTime, lastSeenAt };
}
