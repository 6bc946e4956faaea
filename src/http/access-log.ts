import type { IncomingHttpHeaders } from 'node:http';
import { monotonicMilliseconds } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';

/** What is known of a request when it begins: later, its connection may be gone. */
export interface BegunRequest {
  readonly requestId: string;
  readonly method: string;
  /** The pattern of the route, never the address itself. */
  readonly route: string;
  /** The address of the client. */
  readonly client: string | undefined;
}

/** What whoever answers knows better than the server. */
export interface AnswerNote {
  /** The full path, where it is one of a closed list and not merely what was sent. */
  readonly route?: string;
  /** Why the request was refused, in the words of the protocol, where the status does not tell. */
  readonly code?: string;
}

/** A request that has its answer, or whose connection is gone. */
export interface AnsweredRequest extends BegunRequest, Pick<AnswerNote, 'code'> {
  readonly status: number;
  readonly durationMs: number;
  /** The connection was gone before the answer was. */
  readonly aborted?: true;
}

/** Who looks on while requests are answered; it is quick, and never throws. */
export interface RequestObserver {
  /** @param elapsedMs not rounded, as `durationMs` of the log is */
  readonly answered: (request: AnsweredRequest, response: object, elapsedMs: number) => void;
  /** Runs what answers a request. Absent: nothing has to stand around it. */
  readonly within?: (request: RequestHead, response: object, answer: () => void) => void;
}

/** What of a request is known before it is read. */
export interface RequestHead {
  readonly requestId: string;
  readonly method: string;
  /** The pattern of the route. */
  readonly route: string;
  readonly headers: IncomingHttpHeaders;
}

/** A response of either HTTP version. */
interface Response {
  readonly statusCode: number;
  readonly writableFinished: boolean;
  once(event: 'close', listener: () => void): unknown;
}

const notes = new WeakMap<object, AnswerNote>();

/** Adds to the line that will be written for `response`. */
export function noteForAccessLog(response: Response, note: AnswerNote): void {
  notes.set(response, { ...notes.get(response), ...note });
}

/**
 * Writes one line for a request, when its connection has its answer or is gone. It names the route and never the address itself, a
 * header or a body: those hold codes and secrets.
 */
export function logWhenAnswered(
  logger: Logger,
  request: BegunRequest,
  response: Response,
  observer?: Pick<RequestObserver, 'answered'>,
): void {
  const begun = monotonicMilliseconds();
  response.once('close', () => {
    const elapsedMs = monotonicMilliseconds() - begun;
    const facts: AnsweredRequest = {
      ...request,
      ...notes.get(response),
      status: response.statusCode,
      durationMs: Math.round(elapsedMs * 10) / 10,
      ...(!response.writableFinished && { aborted: true }),
    };
    logger.info(facts, 'request');
    observer?.answered(facts, response, elapsedMs);
  });
}
