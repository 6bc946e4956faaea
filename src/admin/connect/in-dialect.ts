import type { HandlerContext } from '@connectrpc/connect';

/**
 * The same service, whose answers nobody keeps, since they may hold a secret, and what they say ends with the next change.
 *
 * @param translate the dialect's error for what a method threw; anything that it does not know passes through
 */
export function inDialect<Service extends object>(
  service: Service,
  translate: (error: unknown) => unknown = (error) => error,
): Service {
  const methods = Object.entries(service).map(([name, method]) => [
    name,
    async (request: never, context: HandlerContext) => {
      context.responseHeader.set('cache-control', 'no-store');
      try {
        return await method(request, context);
      } catch (error) {
        throw translate(error);
      }
    },
  ]);
  return Object.fromEntries(methods);
}
