import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { atEnd, type Ending } from '../fixtures/teardown.ts';
import { temporaryDirectory } from '../fixtures/temporary-directory.ts';

/**
 * What a valve does with octets:
 * - `open`: passes them on;
 * - `held`: keeps them, and passes them on once it is open: the server, or the network, hangs;
 * - `lost`: drops them, for ever on this connection, and tells nobody: what a firewall makes of a connection it has forgotten;
 * - `slow`: passes them on 200 ms later, each way;
 * - `cutting`: passes COMMIT on or not, as chance has it, and ends the connection before its answer is through.
 */
export type ValveState = 'open' | 'held' | 'lost' | 'slow' | 'cutting';

/** A valve between nodes and PostgreSQL. */
export interface Valve {
  /** The database behind it. */
  readonly url: string;
  readonly turn: (state: ValveState) => void;
  /** How many connections it has cut. */
  readonly cuts: () => number;
}

const socketName = '.s.PGSQL.5432';
const slownessMs = 200;

/** Octets come from one and go to the other. */
interface Pipe {
  readonly from: Socket;
  readonly to: Socket;
}

/** Statements that are transactions by themselves have no such end. */
const endsTransaction = (octets: Buffer): boolean => octets.includes('commit\0');

/**
 * Starts a valve before the database of `url`.
 * @param chance decides what becomes of a COMMIT that is cut: from 0 up to 1
 */
export async function startValve(context: Ending, url: string, chance: () => number): Promise<Valve> {
  const through = new URL(url);
  const target = join(through.searchParams.get('host') ?? '', socketName);
  const folder = temporaryDirectory(context);
  const sockets = new Set<Socket>();
  const lost = new WeakSet<Socket>();
  let kept: (() => void)[] = [];
  let state: ValveState = 'open';
  let cuts = 0;

  const cut = ({ from, to }: Pipe, octets: Buffer): void => {
    cuts += 1;
    const isForwarded = chance() < 0.5;
    if (isForwarded) to.write(octets);
    from.destroy();
    // The server hears of it only after it has had what came before.
    if (isForwarded) to.end();
    else to.destroy();
  };

  const pass = (pipe: Pipe, octets: Buffer, isFromNode: boolean): void => {
    const { from, to } = pipe;
    const forward = (): void => {
      if (!to.destroyed) to.write(octets);
    };
    if (state === 'lost') lost.add(from).add(to);
    if (lost.has(from)) return;
    if (state === 'held') kept.push(forward);
    else if (state === 'slow') setTimeout(forward, slownessMs);
    else if (state === 'cutting' && isFromNode && endsTransaction(octets)) cut(pipe, octets);
    else forward();
  };

  const proxy = createServer((node) => {
    const server = connect(target);
    for (const socket of [node, server]) {
      sockets.add(socket.on('error', () => {}));
      socket.once('close', () => sockets.delete(socket));
    }
    node.on('data', (octets: Buffer) => pass({ from: node, to: server }, octets, true));
    server.on('data', (octets: Buffer) => pass({ from: server, to: node }, octets, false));
    node.on('close', () => closeLater(server));
    server.on('close', () => closeLater(node));
  });

  /** An end comes after the octets before it, and is lost with them. */
  const closeLater = (socket: Socket): void => {
    if (state === 'held') kept.push(() => socket.end());
    else if (!lost.has(socket)) socket.end();
  };

  await once(proxy.listen(join(folder, socketName)), 'listening');
  atEnd(context, () => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  through.searchParams.set('host', folder);
  return {
    url: through.href,
    turn: (next) => {
      state = next;
      if (state === 'held') return;
      const flushed = kept;
      kept = [];
      for (const act of flushed) act();
    },
    cuts: () => cuts,
  };
}
