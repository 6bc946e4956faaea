import type { FastifyPluginCallback } from 'fastify';
import { type ConnectOptions, createConnectHandler } from './connect-handler.ts';
import { createConnectRoutes } from './connect-routes.ts';

/** The routes of a handler that is made at once. */
export function createConnectPlugin(options: ConnectOptions): FastifyPluginCallback {
  const handler = createConnectHandler(options);
  return createConnectRoutes(handler.services, async () => handler);
}
