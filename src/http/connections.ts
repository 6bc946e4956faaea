import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

type Endpoints = Pick<Socket, 'remoteAddress' | 'remotePort' | 'localAddress'>;

interface Connection {
  readonly socket: Socket;
  /** Requests without a complete answer. */
  running: number;
  /** Has had a request of HTTP/2, whose session ends it and tells the client first. */
  hasSession: boolean;
}

/**
 * Makes closing `app` wait for running requests and for nothing else: connections without one are ended at once, also those that
 * never sent a request, and the others with their answer. Must be called before `app` is ready.
 */
export function endConnectionsWith(app: FastifyInstance): void {
  // By their endpoints, because a TLS socket and an HTTP/2 stream do not show the socket that was accepted.
  const connections = new Map<string, Connection>();
  // Plain requests do, and are spared the writing of endpoints.
  const plainConnections = new WeakMap<Socket, Connection>();
  const allEnded = Promise.withResolvers<void>();
  let closing = false;
  const endIfIdle = ({ socket, running, hasSession }: Connection): void => {
    if (closing && running === 0 && !hasSession) socket.destroySoon();
  };
  const resolveIfAllEnded = (): void => {
    if (closing && connections.size === 0) allEnded.resolve();
  };

  app.server.on('connection', (socket: Socket) => {
    const endpoints = endpointsOf(socket);
    const connection: Connection = { socket, running: 0, hasSession: false };
    connections.set(endpoints, connection);
    plainConnections.set(socket, connection);
    socket.once('close', () => {
      if (connections.get(endpoints) === connection) connections.delete(endpoints);
      resolveIfAllEnded();
    });
    endIfIdle(connection);
  });
  app.server.on('request', ({ socket, httpVersionMajor }: IncomingMessage, response: ServerResponse) => {
    const connection = plainConnections.get(socket) ?? connections.get(endpointsOf(socket));
    if (!connection) return;
    connection.hasSession = httpVersionMajor > 1;
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
