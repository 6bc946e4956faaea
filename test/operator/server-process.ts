import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { clientScopes } from '../connect/face.ts';
import { bootstrap } from '../fixtures/running-server.ts';
import { databaseOf } from '../fixtures/test-storage.ts';
import { type Program, shellEnvironment, start } from '../programs.ts';

/** The folder of the package. */
export const root = join(import.meta.dirname, '../..');

/** What an operator sets; the data directory is always one of the test. */
type Settings = Readonly<Record<string, string>>;

/** The bootstrap client of the tests. */
export const chosen: Settings = {
  CLIENTELE_BOOTSTRAP_CLIENT_ID: bootstrap.id,
  CLIENTELE_BOOTSTRAP_CLIENT_SECRET: bootstrap.secret,
};

/** Runs `clientele` in a folder of the test, on the database that belongs to it; before the first server, that is empty. */
export async function run(
  context: TestContext,
  folder: string,
  words: readonly string[],
  settings: Settings = {},
): Promise<Program> {
  const dataDirectory = join(folder, 'data');
  const database = await databaseOf(context, dataDirectory, 'none');
  const env = shellEnvironment({
    ...database.settings,
    PORT: '0',
    HOST: '127.0.0.1',
    CLIENTELE_DATA_DIR: dataDirectory,
    ...settings,
  });
  return start(context, [process.execPath, join(root, 'src/cli/main.ts'), ...words], { cwd: folder, env });
}

/** The entries of a log; every line must be JSON. */
export function entriesOf(output: string): readonly Readonly<Record<string, unknown>>[] {
  const lines = output.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line));
}

/** Waits for the log entry with `message`. */
export async function entry(program: Program, message: string): Promise<Readonly<Record<string, unknown>>> {
  const found = () => entriesOf(program.output()).find((candidate) => candidate['message'] === message);
  const ended = () => program.exit.then(({ code }) => assert.fail(`ended with ${code}: ${program.output()}`));
  for (;;) {
    const known = found();
    if (known) return known;
    await Promise.race([ended(), once(program.child.stdout ?? assert.fail(), 'data')]);
  }
}

/** A server that is ready. */
interface Serving {
  readonly program: Program;
  readonly port: number;
  readonly issuer: string;
  readonly grpcPort: number | null;
}

/** Starts a server in a folder of the test, and waits until it is ready. */
export async function serve(context: TestContext, folder: string, settings: Settings = {}): Promise<Serving> {
  const program = await run(context, folder, [], settings);
  const { port, issuer, grpcPort } = await entry(program, 'ready');
  return { program, port: port as number, issuer: issuer as string, grpcPort: grpcPort as number | null };
}

/** Stops a server as an operator does; it must end with 0. */
export async function stop({ program }: Serving): Promise<void> {
  program.child.kill('SIGTERM');
  assert.deepEqual(await program.exit, { code: 0, signal: null }, program.output());
}

/** A program that must end with 1 and say why without a stack; its log. */
export async function refusal(running: Promise<Program>): Promise<string> {
  const program = await running;
  const { code } = await program.exit;
  assert.equal(code, 1, program.output());
  assert.doesNotMatch(program.output(), /\bat .*\.ts:\d+|"stack"/);
  return program.output();
}

/** `POST /oauth/token` with client-secret-basic. */
export async function requestToken(
  port: number,
  id: string,
  secret: string,
  scope = 'login',
): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${id}:${secret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope }),
  });
}

/** A bootstrap token for the scopes of the Connect dialect. */
export async function bootstrapToken(port: number): Promise<string> {
  const response = await requestToken(port, bootstrap.id, bootstrap.secret, clientScopes);
  return ((await response.json()) as { access_token: string }).access_token;
}
