import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { atEnd, type Ending } from '../fixtures/teardown.ts';

/** What a relying party was sent at its back-channel address. */
export interface Received {
  readonly method: string;
  readonly contentType: string | undefined;
  readonly form: URLSearchParams;
}

/** How it answers: a status, a redirect to an address of its own, or not at all. */
export type Behaviour = number | 'redirects' | 'hangs';

/** A relying party with an address for logout tokens, on a port of its own. */
export interface RelyingParty {
  readonly logoutUri: string;
  readonly received: readonly Received[];
  /** Paths that were asked for beside the one for logout tokens. */
  readonly strayPaths: readonly string[];
  readonly behave: (behaviour: Behaviour) => void;
  /** Resolves when it has been sent `count` tokens in all. */
  readonly hasReceived: (count: number) => Promise<void>;
}

/** Starts one that answers 200. @param port default: one that is free */
export async function startRelyingParty(context: Ending, port = 0): Promise<RelyingParty> {
  const received: Received[] = [];
  const strayPaths: string[] = [];
  let behaviour: Behaviour = 200;
  let waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const form = new URLSearchParams(await text(request));
    if (request.url !== '/logout') {
      strayPaths.push(request.url ?? '');
      response.end();
      return;
    }
    received.push({ method: request.method ?? '', contentType: request.headers['content-type'], form });
    reply(response, behaviour);
    for (const { count, resolve } of waiting) if (received.length >= count) resolve();
    waiting = waiting.filter(({ count }) => received.length < count);
  };
  const server = createServer((request, response) => void take(request, response));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  atEnd(context, () => {
    server.closeAllConnections();
    server.close();
  });
  return {
    logoutUri: `http://127.0.0.1:${(server.address() as AddressInfo).port}/logout`,
    received,
    strayPaths,
    behave: (next) => {
      behaviour = next;
    },
    hasReceived: (count) =>
      received.length >= count
        ? Promise.resolve()
        : new Promise((resolve) => waiting.push({ count, resolve })),
  };
}

function reply(response: ServerResponse, behaviour: Behaviour): void {
  if (behaviour === 'hangs') return;
  if (behaviour === 'redirects') response.writeHead(302, { location: '/elsewhere' });
  else response.statusCode = behaviour;
  response.end();
}
