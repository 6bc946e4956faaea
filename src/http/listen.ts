import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import type { FastifyInstance } from 'fastify';

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
