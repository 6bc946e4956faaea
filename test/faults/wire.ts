import type { Ledger } from './ledger.ts';
import type { ServerNode } from './node-process.ts';

/** Whose words an answer must be in. */
export type Dialect = 'oauth' | 'login-api' | 'clients-api' | 'connect';

/** An answer, or that there was none. */
export type Answer =
  | { readonly ending: 'ok' | 'refused' | 'failed'; readonly status: number; readonly body: Body }
  | { readonly ending: 'unanswered' };

/** What stands in a JSON answer; `{}` where there is none. */
export type Body = Readonly<Record<string, unknown>>;

/** A request. */
export interface Sending {
  readonly dialect: Dialect;
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is JSON. */
  readonly body?: URLSearchParams | object;
}

/** Sends a request to a node; never rejects. */
export type Send = (node: ServerNode, sending: Sending) => Promise<Answer>;

/** Whoever waits longer is hung: below the patience of usual clients and proxies, 60 s. */
const boundMs = 40_000;

/** What an error is made of, in each dialect's words. */
const shapes: Readonly<Record<Dialect, (body: Body, status: number) => boolean>> = {
  oauth: (body) => areTexts(body['error'], body['error_description']),
  'login-api': (body, status) => body['statusCode'] === status && areTexts(body['message'], body['error']),
  'clients-api': (body) => areTexts(body['code'], body['message']),
  connect: (body) => areTexts(body['code'], body['message'] ?? ''),
};

/**
 * Makes what sends requests and keeps the books.
 * @param mayFail whether `node` has a reason to fail at present: an answer of 5xx, or none, is a violation where it has not
 */
export function createSend(ledger: Ledger, mayFail: (node: ServerNode) => boolean): Send {
  return async (node, sending) => {
    const start = performance.now();
    const mightFail = mayFail(node);
    const answer = await exchange(node, sending);
    const ms = performance.now() - start;
    ledger.noteEnding(answer.ending, ms);
    const what = `${node.name}: ${sending.method ?? 'GET'} ${sending.path}`;
    if (ms > boundMs - 500) ledger.check(false, `${what} hung`);
    if (answer.ending === 'failed' || answer.ending === 'unanswered') {
      const how = answer.ending === 'failed' ? `answered ${answer.status}` : 'was not answered';
      ledger.check(mightFail || mayFail(node), `${what} ${how} without any fault`);
    }
    if (answer.ending === 'failed') {
      // 500 is a bug of the server, and none of these faults is one.
      ledger.check(answer.status === 503, `${what} answered ${answer.status}`);
    }
    if (answer.ending === 'failed' || answer.ending === 'refused') {
      const { body, status } = answer;
      ledger.check(shapes[sending.dialect](body, status), `${what} answered ${status} in no known shape`);
      ledger.check(!/sql|pg_|econn|\bat .*\.ts/i.test(JSON.stringify(body)), `${what} tells of its insides`);
    }
    return answer;
  };
}

async function exchange(node: ServerNode, sending: Sending): Promise<Answer> {
  const { method = 'GET', path, headers = {}, body } = sending;
  const isForm = body instanceof URLSearchParams;
  try {
    const response = await fetch(node.url + path, {
      method,
      headers: { ...(body && !isForm && { 'content-type': 'application/json' }), ...headers },
      ...(body && { body: isForm ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(boundMs),
    });
    const text = await response.text();
    return { ending: endingOf(response.status), status: response.status, body: readBody(text) };
  } catch {
    return { ending: 'unanswered' };
  }
}

function endingOf(status: number): 'ok' | 'refused' | 'failed' {
  if (status < 400) return 'ok';
  return status < 500 ? 'refused' : 'failed';
}

function readBody(text: string): Body {
  try {
    const body: unknown = text === '' ? {} : JSON.parse(text);
    return typeof body === 'object' && body !== null ? (body as Body) : { text };
  } catch {
    return { text };
  }
}

function areTexts(...values: readonly unknown[]): boolean {
  return values.every((value) => typeof value === 'string');
}
