import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { ClientsService } from '../../src/gen/xeonr/auth/api/v1/clients_service_pb.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { clientScopes, connectService } from '../connect/face.ts';
import { startTestServer, type TestServer } from '../fixtures/running-server.ts';

/** Set `JUNK_SEED` to what a failure printed to see it again. */
export const seed = Number(process.env['JUNK_SEED'] ?? randomInt(2 ** 31 - 1));

/** Limits of a run: the seed of all, so many tries, and a time for a slow machine. */
export const limits = (numRuns: number) => ({
  seed,
  numRuns,
  interruptAfterTimeLimit: 7_000,
  endOnFailure: true,
});

/** The path of the Connect dialect's service. */
export const service = `/${ClientsService.typeName}`;

/** The paths of its methods. */
export const connectPaths = ClientsService.methods.map(({ name }) => `${service}/${name}`);

/** A request as it is sent. */
export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** The answer to it. */
export interface Received {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
}

/** A server with a canary: a client that no junk may change. */
export async function open(context: TestContext) {
  const faults: string[] = [];
  const logger = createLogger({ level: 'error', destination: { write: (line) => faults.push(line) } });
  const server = await startTestServer(context, { logger });
  const token = await server.bootstrapToken(clientScopes);
  const { client } = await connectService(server, token).createClient({ name: 'Canary', hasSecret: true });
  assert.ok(client);
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  context.after(() => agent.destroy());
  return { server, token, canary: client.clientId, agent, faults };
}

/** Sends a request, and reads all of the answer. */
export async function send(
  { port }: TestServer,
  agent: Agent,
  { method, path, headers, body }: Sent,
): Promise<Received> {
  const request = httpRequest({
    port,
    agent,
    method,
    path,
    headers: { ...headers, 'content-length': body.length },
  });
  request.end(body);
  const [response] = await once(request, 'response');
  return {
    status: response.statusCode,
    contentType: response.headers['content-type'] ?? '',
    body: await buffer(response),
  };
}

/** Clients and their revisions, secrets and accounts: everything that only an authorised request may change. */
export async function stateOf({ database }: TestServer): Promise<unknown> {
  return [
    await database.run('select id, revision from clients order by id'),
    await database.run('select count(*) as n from client_secrets'),
    await database.run('select count(*) as n from accounts'),
  ];
}

/** The 5xx that are the caller's: the Connect protocol's answers to what a request asked for in this header. */
const askedFor: Readonly<Record<number, { readonly header: string; readonly code: string }>> = {
  501: { header: 'content-encoding', code: 'unimplemented' },
  504: { header: 'connect-timeout-ms', code: 'deadline_exceeded' },
};

/** Whether the answer to `sent` is no fault of the server. */
export function isNoFault({ headers }: Pick<Sent, 'headers'>, { status, body }: Received): boolean {
  if (status < 500) return true;
  const asked = askedFor[status];
  return asked !== undefined && asked.header in headers && JSON.parse(body.toString()).code === asked.code;
}
