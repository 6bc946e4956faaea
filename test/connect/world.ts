import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Code, ConnectError } from '@connectrpc/connect';
import type { Client } from '../../src/clients/client.ts';
import type { ClientPatch } from '../../src/clients/patch.ts';
import { operator } from '../../src/clients/policy.ts';
import type { Environment } from '../../src/config/environment.ts';
import { BadRequestSchema } from '../../src/gen/google/rpc/error_details_pb.ts';
import type { JsonObject } from '../../src/kernel/encoding.ts';
import { startTestServer, type TestServer } from '../fixtures/running-server.ts';
import { temporaryDirectory } from '../fixtures/temporary-directory.ts';

/** Who acts when a test prepares a record behind the dialect's back. */
export const asOperator = { actor: operator, face: 'cli', requestId: 'test' } as const;

/** Runs tests one after the other in one world, which they share and do not spoil for each other. */
export function inOneWorld<World>(
  title: string,
  open: (context: TestContext) => Promise<World>,
  tests: Readonly<Record<string, (world: World) => Promise<void>>>,
): void {
  test(title, async (context) => {
    const world = await open(context);
    for (const [name, run] of Object.entries(tests)) await context.test(name, () => run(world));
  });
}

/** The environment that makes a server read `declarations`. */
export function declaring(context: Pick<TestContext, 'after'>, declarations: object): Environment {
  const path = join(temporaryDirectory(context), 'clientele.json');
  writeFileSync(path, JSON.stringify(declarations));
  return { CLIENTELE_CONFIG: path };
}

/** Starts a server that reads `declarations`. */
export function startDeclaring(
  context: Pick<TestContext, 'after'>,
  declarations: object,
): Promise<TestServer> {
  return startTestServer(context, { env: declaring(context, declarations) });
}

/** The whole record, hidden fields too. */
export function recordOf(server: Pick<TestServer, 'registry'>, id: string): Promise<Client> {
  return server.registry.get({ ...asOperator, id });
}

/** Registers a client as another face would: without the dialect's limits. */
export async function register(
  server: Pick<TestServer, 'registry'>,
  patch: ClientPatch,
  secret?: 'generate',
): Promise<Client> {
  const options = { ...asOperator, patch: () => patch, ...(secret && { secret }) };
  return (await server.registry.create(options)).client;
}

/** An access token of a client for `scope`. */
export async function tokenOf(
  server: Pick<TestServer, 'requestToken'>,
  client: { readonly id: string; readonly secret: string },
  scope: string,
): Promise<string> {
  const response = await server.requestToken(client, { scope });
  const { access_token: token } = (await response.json()) as { readonly access_token?: string };
  assert.ok(token, `${response.status} for the scope ${scope}`);
  return token;
}

/** An answer as it came over the wire. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Parsed, where it is JSON. */
  readonly json: JsonObject;
}

/** `POST` of a method with a JSON body, as any HTTP library would do it. */
export async function call(
  server: Pick<TestServer, 'issuer'>,
  method: string,
  body: object | string,
  init: { readonly token?: string; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<Answer> {
  const response = await fetch(`${server.issuer}/xeonr.auth.api.v1.ClientsService/${method}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(init.token && { authorization: `Bearer ${init.token}` }),
      ...init.headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json');
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : {} };
}

/** What a call came to: `ok`, or the code and the faulty fields of its refusal. */
export async function outcomeOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
    return 'ok';
  } catch (error) {
    assert.ok(error instanceof ConnectError);
    const details = error.findDetails(BadRequestSchema).flatMap(({ fieldViolations }) => fieldViolations);
    const fields = [...new Set(details.map(({ field }) => field))];
    return [codeNameOf(error.code), ...fields].join(' ');
  }
}

/** The code as it is written on the wire. */
export function codeNameOf(code: Code): string {
  return Code[code].replace(/(?<=.)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}

/** How many audit entries a client has. */
export async function countAuditEntries(server: Pick<TestServer, 'database'>, id: string): Promise<number> {
  const rows = await server.database.run(`select id from audit_events where target_id = '${id}'`);
  return rows.length;
}
