import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { delimiter, dirname } from 'node:path';
import { atEnd, type Ending } from './fixtures/teardown.ts';

/** The environment of a person's shell: without what npm and the test runner add to it. */
export function shellEnvironment(additions: Readonly<Record<string, string>> = {}): Record<string, string> {
  const path = process.env['PATH'] ?? '';
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|NODE_(ENV|OPTIONS|TEST_)|CLIENTELE_|DATABASE_URL$)/.test(name),
  );
  const outside = path.split(delimiter).filter((folder) => !folder.includes('node_modules'));
  return {
    ...(Object.fromEntries(own) as Record<string, string>),
    PATH: outside.join(delimiter),
    ...additions,
  };
}

/** The same, with the Node that runs this test as `node`. */
export function shellEnvironmentWithNode(
  additions: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const environment = shellEnvironment(additions);
  return { ...environment, PATH: [dirname(process.execPath), environment['PATH']].join(delimiter) };
}

/** A started program. */
export interface Program {
  readonly child: ChildProcess;
  /** What it wrote so far, to either stream. */
  readonly output: () => string;
  /** How it ended. */
  readonly exit: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

/** Programs that have not ended: they are in groups of their own, which no signal to this process's group reaches. */
const running = new Set<ChildProcess>();
process.on('exit', () => running.forEach(killGroup));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));

/** Starts a program in a process group of its own, which is killed when the test ends, or is interrupted. */
export function start(
  test: Ending,
  [command, ...args]: readonly [string, ...string[]],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Program {
  const child = spawn(command, args, { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
  running.add(child);
  child.once('exit', () => running.delete(child));
  const exit = once(child, 'close').then(([code, signal]) => ({ code, signal }));
  atEnd(test, async () => {
    killGroup(child);
    // Until then it may write into what is removed next.
    await exit;
  });
  return { child, output: () => chunks.join(''), exit };
}

/** Runs a program to its end, which must be a success. */
export async function run(...parameters: Parameters<typeof start>): Promise<void> {
  const program = start(...parameters);
  const { code } = await program.exit;
  assert.equal(code, 0, program.output());
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // ESRCH: nobody of the group is left.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Waits until the server that `program` is or starts answers that it is ready; asks whenever it has written something. */
export async function untilReady(program: Program, port: number): Promise<void> {
  const ended = program.exit.then(({ code }) =>
    assert.fail(`ended with ${code} before it was ready: ${program.output()}`),
  );
  const ready = new Promise<void>((resolve) => {
    program.child.stdout?.on('data', async () => {
      if (await becomesReady(port)) resolve();
    });
  });
  await Promise.race([ready, ended]);
}

/** Asks a server that is there until it is ready: one that is not, on a slow disk, may never write anything again. */
async function becomesReady(port: number): Promise<boolean> {
  for (;;) {
    try {
      const response = await fetch(`http://localhost:${port}/health/ready`);
      await response.arrayBuffer();
      if (response.ok) return true;
    } catch {
      return false;
    }
  }
}

/** Whether somebody listens on `port` of this machine. */
export async function isTaken(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, 'localhost'), 'listening');
    return false;
  } catch {
    return true;
  } finally {
    server.close();
  }
}

/**
 * A port that nobody has, and that nobody gets by chance before it is listened on: it lies below those that systems give to
 * whoever asks for any, from 32768 on.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(16_384, 32_768);
    if (!(await isTaken(port))) return port;
  }
}
