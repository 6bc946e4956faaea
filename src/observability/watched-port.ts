import { monotonicMilliseconds } from '../kernel/clock.ts';

/** A method of any port: nearly all answer a promise. */
export type Method = (...args: readonly unknown[]) => unknown;

/** `port` with what `wrap` makes of its methods; everything else of it stays. */
export function wrapMethods<Port extends object>(
  port: Port,
  wrap: (method: Method, name: string) => Method,
): Port {
  const entries = Object.entries(port).map(([name, member]) => [
    name,
    typeof member === 'function' ? wrap(member as Method, name) : member,
  ]);
  return Object.fromEntries(entries) as Port;
}

/** The same for every port in `ports`; its operations are called like `clients.load`. */
export function wrapPorts<Ports extends object>(
  ports: Ports,
  wrap: (method: Method, operation: string) => Method,
): Ports {
  const entries = Object.entries(ports).map(([port, methods]) => [
    port,
    wrapMethods(methods as object, (method, name) => wrap(method, `${port}.${name}`)),
  ]);
  return Object.fromEntries(entries) as Ports;
}

/** Hears how a call has ended. */
export interface CallListener {
  readonly done: (elapsedMs: number, args: readonly unknown[]) => void;
  readonly failed: (elapsedMs: number, args: readonly unknown[], error: unknown) => void;
}

/** `method`, with somebody who listens. The caller gets the very promise that it would have got, and no later. */
export function listenTo(method: Method, { done, failed }: CallListener): Method {
  return (...args) => {
    const begun = monotonicMilliseconds();
    const result = method(...args);
    if (result instanceof Promise) {
      result.then(
        () => done(monotonicMilliseconds() - begun, args),
        (error: unknown) => failed(monotonicMilliseconds() - begun, args, error),
      );
    }
    return result;
  };
}
