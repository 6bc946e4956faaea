import type { Server, Socket } from 'node:net';
import { monotonicMilliseconds } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import type { HttpLimits } from './limits.ts';
import { isLoopback, networkOf } from './rate-limits/sender-network.ts';
import type { IsTrustedProxy } from './trusted-proxies.ts';

/** What of `HttpLimits` is about how many connections are open. */
export type ConnectionLimits = Pick<HttpLimits, 'connections' | 'connectionsPerAddress'>;

const warningIntervalMs = 60_000;

/**
 * Closes connections beyond the limits as soon as they are accepted. Node's own `maxConnections` would not see those that come by
 * the other addresses of a host.
 */
export function limitConnections(
  { server }: { readonly server: Pick<Server, 'on'> },
  { connections, connectionsPerAddress }: ConnectionLimits,
  { logger, isTrustedProxy }: { readonly logger: Logger; readonly isTrustedProxy: IsTrustedProxy },
): void {
  let open = 0;
  const openFrom = new Map<string, number>();
  const warn = createWarning(logger);

  const hasRoom = (network: string | null): boolean =>
    open < connections &&
    (network === null ||
      connectionsPerAddress === null ||
      (openFrom.get(network) ?? 0) < connectionsPerAddress);
  const count = (network: string | null, change: 1 | -1): void => {
    open += change;
    if (network === null) return;
    const left = (openFrom.get(network) ?? 0) + change;
    if (left === 0) openFrom.delete(network);
    else openFrom.set(network, left);
  };

  server.on('connection', (socket: Socket) => {
    const peer = socket.remoteAddress ?? '';
    const network = isLoopback(peer) || isTrustedProxy(peer) ? null : networkOf(peer);
    if (!hasRoom(network)) {
      socket.destroy();
      warn({ open, address: peer });
      return;
    }
    count(network, 1);
    socket.once('close', () => count(network, -1));
  });
}

/** Tells the operator, and does not fill the log. */
function createWarning({ warn }: Logger): (facts: object) => void {
  let warnedAt = Number.NEGATIVE_INFINITY;
  return (facts) => {
    const now = monotonicMilliseconds();
    if (now - warnedAt < warningIntervalMs) return;
    warnedAt = now;
    warn(facts, 'connections are refused: too many are open, at all or from one address');
  };
}
