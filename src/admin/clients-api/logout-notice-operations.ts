import { describeRoute } from './documentation.ts';
import type { WireLogoutNotice } from './logout-notice-schema.ts';

/** How many notices are listed at most. */
export const mostNotices = 1_000;

const example = {
  state: 'pending',
  account_id: '0198c0de-0000-7000-8000-000000000004',
  ended_at: '2027-01-15T08:00:00Z',
  attempts: 3,
  last_fault: 'timeout',
  next_attempt_at: '2027-01-15T08:05:15Z',
  settled_at: null,
} as const satisfies WireLogoutNotice;

/** What the OpenAPI document says of the route of logout notices. */
export const logoutNoticeOperations = {
  list: describeRoute({
    operationId: 'listClientLogoutNotices',
    summary: `What the client was to be told of sign-ins that ended in the last week, and whether it was: the newest ${mostNotices}, newest first; of a deleted client too`,
    status: 200,
    answer: { schema: 'ClientsApiLogoutNotice', example, isList: true },
    errors: { NOT_FOUND: [] },
  }),
} as const;
