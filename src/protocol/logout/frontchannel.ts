import type { Client } from '../../clients/client.ts';
import type { ClientStore } from '../../clients/store.ts';
import { sidOf } from '../../sessions/session.ts';
import { withQuery } from '../with-query.ts';
import type { EndingStore } from './ending-store.ts';

/** Finds what the browser has to load, so that clients end their own sessions (OpenID Connect Front-Channel Logout §2). */
export interface FrontchannelLogout {
  /** The addresses for a session, read before it ends. */
  readonly urisOf: (sessionId: string) => Promise<readonly string[]>;
}

/** Makes it. */
export function createFrontchannelLogout(deps: {
  readonly issuer: string;
  readonly store: Pick<EndingStore, 'clientsOf'>;
  readonly clients: Pick<ClientStore, 'load'>;
}): FrontchannelLogout {
  const { issuer, store, clients } = deps;
  return {
    async urisOf(sessionId) {
      const participants = await Promise.all((await store.clientsOf(sessionId)).map(clients.load));
      return participants.flatMap((stored) => {
        const uri = stored && frontchannelUri(stored.client, { issuer, sessionId });
        return uri === undefined || uri === null ? [] : [uri];
      });
    },
  };
}

/** `iss` and `sid` only where the record says so: both, or neither (OpenID Connect Front-Channel Logout §2). */
function frontchannelUri(
  { id, frontchannelLogoutUri, frontchannelLogoutSessionRequired }: Client,
  { issuer, sessionId }: { readonly issuer: string; readonly sessionId: string },
): string | null {
  if (frontchannelLogoutUri === null || !frontchannelLogoutSessionRequired) return frontchannelLogoutUri;
  return withQuery(frontchannelLogoutUri, { iss: issuer, sid: sidOf(sessionId, id) });
}
