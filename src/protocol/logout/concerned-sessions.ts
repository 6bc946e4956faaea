import { type Session, sidOf } from '../../sessions/session.ts';
import type { LogoutRequest } from './end-session.ts';

/** Which of the sessions that a browser holds a request is about, and whether the person is asked first. */
export interface ConcernedSessions {
  readonly sessions: readonly Session[];
  /** False: the client has proven that it means this very session, or there is none. */
  readonly asks: boolean;
}

/** Tells whether an account is called so: its user name, or its e-mail address. */
export type IsCalled = (accountId: string, name: string) => Promise<boolean>;

/**
 * Decides what a request ends (OpenID Connect RP-Initiated Logout §2): the session that the client's hint names; with a hint that names
 * another than the browser holds, or none, what the hints come closest to, and the person is asked. Where nothing is named, every session
 * of the browser.
 */
export async function findConcernedSessions(
  request: Pick<LogoutRequest, 'client' | 'hint' | 'logoutHint'>,
  sessions: readonly Session[],
  isCalled: IsCalled,
): Promise<ConcernedSessions> {
  const { hint } = request;
  if (sessions.length === 0) return { sessions, asks: false };
  if (hint === null) return asking(await namedByLogoutHint(request, sessions, isCalled), sessions);
  const own = sessions.filter((session) => session.accountId === hint.subject);
  const named = own.find((session) => hint.sid === null || hint.sid === sidOf(session.id, hint.clientId));
  return named ? { sessions: [named], asks: false } : asking(own, sessions);
}

function asking(named: readonly Session[], all: readonly Session[]): ConcernedSessions {
  return { sessions: named.length > 0 ? named : all, asks: true };
}

async function namedByLogoutHint(
  { client, logoutHint: name }: Pick<LogoutRequest, 'client' | 'logoutHint'>,
  sessions: readonly Session[],
  isCalled: IsCalled,
): Promise<readonly Session[]> {
  if (name === null) return [];
  const isNamed = await Promise.all(
    sessions.map(
      async ({ id, accountId }) =>
        name === accountId ||
        (client !== null && name === sidOf(id, client.id)) ||
        (await isCalled(accountId, name)),
    ),
  );
  return sessions.filter((_, index) => isNamed[index]);
}
