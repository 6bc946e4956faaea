import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

type Endpoints = Pick<Socket, 'remoteAddress' | 'remotePort' | 'localAddress'>;

interface Connection {
  readonly socket: Socket;
  /** Requests without a complete answer. */
  running: number;
  /** A connection with requests of HTTP/2 is ended by it: it tells the client first. */
  session: boolean;
}

/**
 * Makes closing `app` wait for running requests and for nothing else: connections without one are ended at once, also those that
 * never sent a request, and the others with their answer. Must be called before `app` is ready.
 */
export function endConnectionsWith(app: FastifyInstance): void {
  // By their endpoints, because a TLS socket and an HTTP/2 stream do not show the socket that was accepted.
  const connections = new Map<string, Connection>();
  const allEnded = Promise.withResolvers<void>();
  let closing = false;
  const endIfIdle = ({ socket, running, session }: Connection): void => {
    if (closing && running === 0 && !session) socket.destroySoon();
  };
  const resolveIfAllEnded = (): void => {
    if (closing && connections.size === 0) allEnded.resolve();
  };

  app.server.on('connection', (socket: Socket) => {
    const endpoints = endpointsOf(socket);
    const connection: Connection = { socket, running: 0, session: false };
    connections.set(endpoints, connection);
    socket.once('close', () => {
      if (connections.get(endpoints) === connection) connections.delete(endpoints);
      resolveIfAllEnded();
    });
    endIfIdle(connection);
  });
  app.server.on('request', ({ socket, httpVersionMajor }: IncomingMessage, response: ServerResponse) => {
    const connection = connections.get(endpointsOf(socket));
    if (!connection) return;
    connection.session = httpVersionMajor > 1;
    connection.running += 1;
    response.once('close', () => {
      connection.running -= 1;
      endIfIdle(connection);
    });
  });

  app.addHook('preClose', async () => {
    closing = true;
    for (const connection of connections.values()) endIfIdle(connection);
    resolveIfAllEnded();
  });
  app.addHook('onClose', () => allEnded.promise);
}

function endpointsOf({ remoteAddress, remotePort, localAddress }: Endpoints): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}

/**
 * Listens on every one of `addresses` with one server: whichever a connection comes to, the same limits hold and `app.close`
 * waits for it.
 * @throws what the system says when an address is taken or none of this machine
 */
export async function listenOn(
  app: FastifyInstance,
  [first, ...others]: readonly [string, ...string[]],
  reserved: ReservedPort,
): Promise<void> {
  const doors = others.map(() => createServer((socket) => app.server.emit('connection', socket)));
  app.addHook('preClose', async () => {
    for (const door of doors) door.close();
  });
  await app.ready();
  await reserved.release();
  await app.listen({ host: first, port: reserved.port });
  await Promise.all(doors.map((door, index) => once(door.listen(reserved.port, others[index]), 'listening')));
}

/** A port that nobody else can take until it is released. */
export interface ReservedPort {
  readonly port: number;
  /** To be called right before the server listens on it. Calling it again does nothing. */
  readonly release: () => Promise<void>;
}

/**
 * Reserves the port that is asked for: as it is, or, for 0, one that the system chooses. The issuer names the port, so it
 * must be known before anything is built.
 */
export async function reservePort(host: string, port: number): Promise<ReservedPort> {
  if (port !== 0) return { port, release: async () => {} };
  const holder = createServer();
  await once(holder.listen(0, host), 'listening');
  const { port: chosen } = holder.address() as AddressInfo;
  return {
    port: chosen,
    release: async () => {
      if (holder.listening) await once(holder.close(), 'close');
    },
  };
}

/** Makes `server` listen; answers its port. @throws what the system says when it cannot */
export async function listenAt(server: Server, host: string, port: number): Promise<number> {
  await once(server.listen(port, host), 'listening');
  return (server.address() as AddressInfo).port;
}

/** The addresses of `host` that this machine has: `localhost` names ::1 also where there is no IPv6. */
export async function ownAddressesOf(host: string): Promise<readonly [string, ...string[]]> {
  const found = await lookup(host, { all: true });
  const addresses = [...new Set(found.map(({ address }) => address))];
  const isOwn = await Promise.all(addresses.map(canListenOn));
  const [first = host, ...others] = addresses.filter((_, index) => isOwn[index]);
  return [first, ...others];
}

async function canListenOn(address: string): Promise<boolean> {
  const probe = createServer();
  try {
    await once(probe.listen(0, address), 'listening');
    return true;
  } catch {
    return false;
  } finally {
    probe.close();
  }
}
