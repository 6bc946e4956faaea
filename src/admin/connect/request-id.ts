import { createContextKey } from '@connectrpc/connect';

/** The id of the request, as in the log and in the `x-request-id` response header. */
export const requestId = createContextKey<string>('', { description: 'request id' });
