/** What of a request is told, once it is answered. */
export interface RequestFacts {
  /** The pattern of the route. */
  readonly route: string;
  readonly method: string;
  readonly status: number;
  /** The protocol's own word for a refusal. */
  readonly code?: string;
  readonly aborted?: true;
}

const servedMethods: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
]);

/** The method, where something may be served with it: callers of HTTP/2 may make up methods. */
export function servedMethod(method: string): string {
  return servedMethods.has(method) ? method : '_OTHER';
}

const statusClasses = ['unknown', '1xx', '2xx', '3xx', '4xx', '5xx'] as const;

/** `2xx` and so on. */
export function statusClass(status: number): string {
  return statusClasses[Math.trunc(status / 100)] ?? 'unknown';
}

/** Codes that say that the server is at fault, where its status of HTTP says nothing: of gRPC, and of OAuth where a redirect tells them. */
const faultCodes: ReadonlySet<string> = new Set([
  'unknown',
  'deadline_exceeded',
  'internal',
  'unavailable',
  'data_loss',
  'server_error',
  'temporarily_unavailable',
]);

/** Whose fault it is that a request has no good answer. */
export function outcomeOf({ status, code, aborted }: RequestFacts): 'ok' | 'refused' | 'failed' | 'aborted' {
  if (aborted) return 'aborted';
  if (status >= 500) return 'failed';
  if (status >= 400) return 'refused';
  if (code === undefined) return 'ok';
  return faultCodes.has(code) ? 'failed' : 'refused';
}
