import type { IncomingMessage } from 'node:http';
import { type Agent, request } from 'node:https';
import type { JsonObject, JsonValue } from '../kernel/encoding.ts';
import { EgressError } from './errors.ts';

/** One request for JSON. */
export interface JsonRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: JsonObject;
  readonly agent: Agent;
  /** Ends the request whatever it is doing; an abort is a `timeout`. */
  readonly signal: AbortSignal;
}

const mostOctets = 65_536;

/** A connection from the pool had been closed by the other side before it read the request. */
class StaleConnectionError extends Error {}

/**
 * Posts JSON over TLS and answers the JSON of a 200. Redirects are not followed. Where a kept connection turns out to be closed, the
 * request is sent again: whoever receives it must take it twice.
 * @throws EgressError
 */
export async function postJson(entry: JsonRequest): Promise<JsonValue> {
  const { url, signal } = entry;
  try {
    const response = await sendOnLiveConnection(entry);
    return await readJson(response, url);
  } catch (cause) {
    if (cause instanceof EgressError) throw cause;
    if (signal.aborted) throw new EgressError('timeout', `${url.host} took too long`, { cause });
    throw new EgressError('connection', `there was no answer from ${url.host}`, { cause });
  }
}

/** Each turn uses up a connection of the pool, so the last one is a new connection at the latest. */
async function sendOnLiveConnection(entry: JsonRequest): Promise<IncomingMessage> {
  for (;;) {
    try {
      return await send(entry);
    } catch (error) {
      if (!(error instanceof StaleConnectionError)) throw error;
    }
  }
}

function send({ url, headers, body, agent, signal }: JsonRequest): Promise<IncomingMessage> {
  const octets = Buffer.from(JSON.stringify(body));
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method: 'POST',
      agent,
      signal,
      headers: {
        ...headers,
        accept: 'application/json',
        'content-type': 'application/json',
        'content-length': octets.length,
      },
    });
    sent.on('response', resolve);
    sent.on('error', (error: NodeJS.ErrnoException) => {
      const isStale = sent.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      reject(isStale ? new StaleConnectionError('stale', { cause: error }) : error);
    });
    sent.end(octets);
  });
}

async function readJson(response: IncomingMessage, url: URL): Promise<JsonValue> {
  const { statusCode, headers } = response;
  if (statusCode !== 200) {
    response.destroy();
    throw new EgressError('status', `${url.host} answered ${statusCode}`);
  }
  if (!/^application\/json *(;|$)/i.test(headers['content-type'] ?? '')) {
    response.destroy();
    throw new EgressError('not-json', `${url.host} answered something else than JSON`);
  }
  return parseJson(await readOctets(response, url), url);
}

/** Leaving the loop early closes the connection. */
async function readOctets(response: IncomingMessage, url: URL): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > mostOctets)
      throw new EgressError('too-large', `${url.host} answered over ${mostOctets} octets`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parseJson(octets: Buffer, url: URL): JsonValue {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(octets));
  } catch {
    // The parser's own message repeats a part of the text.
    throw new EgressError('not-json', `${url.host} answered malformed JSON`);
  }
}
