import type { ClientStore } from '../../clients/store.ts';
import { type EpochSeconds, utcText } from '../../kernel/clock.ts';
import type { RestCall, RestRoute } from '../rest-route.ts';
import { answerData } from './answers.ts';
import { clientsScope } from './clients.ts';
import { ApiError } from './errors.ts';
import { logoutNoticeOperations, mostNotices } from './logout-notice-operations.ts';
import type { WireLogoutNotice } from './logout-notice-schema.ts';
import { parseId } from './resource.ts';

/** What became of one notice. */
export interface LogoutNoticeStatus {
  readonly state: WireLogoutNotice['state'];
  readonly accountId: string;
  /** When the sign-in ended. */
  readonly createdAt: EpochSeconds;
  /** Of a pending one: when it is tried next. */
  readonly dueAt: EpochSeconds;
  readonly attempts: number;
  readonly fault: string | null;
  readonly settledAt: EpochSeconds | null;
}

/** The port to what clients were to be told of sign-ins that ended. */
export interface LogoutNotices {
  /** Those of a client, the newest first. */
  readonly listOfClient: (clientId: string, limit: number) => Promise<readonly LogoutNoticeStatus[]>;
}

/** What the route is made of. */
export interface LogoutNoticeRoutesDependencies {
  readonly clients: Pick<ClientStore, 'wasClient'>;
  readonly logoutNotices: LogoutNotices;
}

/** The route of a client's logout notices. Whoever may call it may see every client; the last notice of one is of its own deletion. */
export function createLogoutNoticeRoutes(deps: LogoutNoticeRoutesDependencies): readonly RestRoute[] {
  const { clients, logoutNotices } = deps;
  const list = async ({ params }: RestCall): Promise<readonly WireLogoutNotice[]> => {
    const id = parseId(params['client_id']);
    if (!(await clients.wasClient(id))) throw new ApiError('NOT_FOUND');
    return (await logoutNotices.listOfClient(id, mostNotices)).map(writeNotice);
  };
  return [
    {
      method: 'GET',
      path: '/api/clients/:client_id/logout-notices',
      admission: { scopes: [clientsScope] },
      operation: logoutNoticeOperations.list,
      answer: answerData(list),
    },
  ];
}

function writeNotice(notice: LogoutNoticeStatus): WireLogoutNotice {
  const { state, accountId, createdAt, dueAt, attempts, fault, settledAt } = notice;
  return {
    state,
    account_id: accountId,
    ended_at: utcText(createdAt),
    attempts,
    last_fault: fault,
    next_attempt_at: state === 'pending' ? utcText(dueAt) : null,
    settled_at: settledAt === null ? null : utcText(settledAt),
  };
}
