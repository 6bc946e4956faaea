import type { Agent, IncomingMessage } from 'node:http';
import { request as requestSecure } from 'node:https';
import { EgressError } from './errors.ts';
import { requestPlain } from './plain-http.ts';

/** One request. */
export interface OutgoingRequest {
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  /** Null: it has none. */
  readonly body: Uint8Array | null;
  /** Of the URL's scheme. */
  readonly agent: Agent;
  /** Ends the request whatever it is doing; an abort is a `timeout`. */
  readonly signal: AbortSignal;
}

const mostOctets = 65_536;

/** A connection from the pool had been closed by the other side before it read the request. */
class StaleConnectionError extends Error {}

/**
 * Sends a request and has `read` read the answer. Redirects are not followed, nothing is decompressed. Where a kept connection turns
 * out to be closed, the request is sent again: whoever uses an agent that keeps connections must be able to bear that.
 * @throws EgressError
 */
export async function exchange<Answer>(
  entry: OutgoingRequest,
  read: (response: IncomingMessage) => Promise<Answer>,
): Promise<Answer> {
  const { url, signal } = entry;
  try {
    return await read(await sendOnLiveConnection(entry));
  } catch (cause) {
    if (cause instanceof EgressError) throw cause;
    if (signal.aborted) throw new EgressError('timeout', `${url.host} took too long`, { cause });
    throw new EgressError('connection', `there was no answer from ${url.host}`, { cause });
  }
}

/** Each turn uses up a connection of the pool, so the last one is a new connection at the latest. */
async function sendOnLiveConnection(entry: OutgoingRequest): Promise<IncomingMessage> {
  for (;;) {
    try {
      return await send(entry);
    } catch (error) {
      if (!(error instanceof StaleConnectionError)) throw error;
    }
  }
}

function send({ url, method, headers, body, agent, signal }: OutgoingRequest): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? requestSecure : requestPlain;
  const length = body === null ? {} : { 'content-length': String(body.byteLength) };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, agent, signal, headers: { ...headers, ...length } });
    sent.on('response', resolve);
    sent.on('error', (error: NodeJS.ErrnoException) => {
      const isStale = sent.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      reject(isStale ? new StaleConnectionError('stale', { cause: error }) : error);
    });
    sent.end(body ?? undefined);
  });
}

/** The media type of an answer, in lower case and without parameters. */
export function mediaTypeOf({ headers }: IncomingMessage): string {
  const [type = ''] = (headers['content-type'] ?? '').split(';', 1);
  return type.trim().toLowerCase();
}

/**
 * The body of an answer. Leaving the loop early closes the connection.
 * @throws EgressError `too-large`
 */
export async function readOctets(response: IncomingMessage, { host }: URL): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > mostOctets) throw new EgressError('too-large', `${host} answered over ${mostOctets} octets`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
