import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { atEnd, type Ending } from '../fixtures/teardown.ts';
import { freePort, shellEnvironment } from '../programs.ts';
import { until } from './deadline.ts';

/** The folder of the package. */
const root = join(import.meta.dirname, '../..');

/** How a node differs from a server that is started without anything. */
export interface NodeOptions {
  readonly settings: Readonly<Record<string, string>>;
  /** A program that takes messages; default: the server. */
  readonly program?: string;
  /** A shell command that becomes the program, which is given to it as `"$@"`. Default: nothing stands before it. */
  readonly shell?: string;
}

/** A server process that always listens on the same port. */
export interface ServerNode {
  readonly name: string;
  readonly port: number;
  readonly url: string;
  readonly pid: () => number;
  /** Starts it, and waits until it is ready. */
  readonly start: () => Promise<void>;
  /** Ends it as a failure of the machine would. */
  readonly kill: () => Promise<void>;
  /** Ends it as an operator does; it must end with 0. */
  readonly stop: () => Promise<void>;
  /** Whether it runs, or has been told to end. */
  readonly isAsExpected: () => boolean;
  readonly isRunning: () => boolean;
  /** Tells the program something; resolves when it says that it has done so. */
  readonly tell: (message: object) => Promise<void>;
  /** The last lines of its log. */
  readonly log: () => readonly string[];
}

const linesKept = 400;
/** A start beside other work, on few cores. */
const startSeconds = 60;

const running = new Set<ChildProcess>();
process.on('exit', () => running.forEach(killGroup));

/** Makes a node that is not started yet; it ends with the run. */
export async function makeNode(context: Ending, name: string, options: NodeOptions): Promise<ServerNode> {
  const port = await freePort();
  const log: string[] = [];
  let child: ChildProcess | undefined;
  let isToldToEnd = true;
  const program = options.program ?? join(root, 'src/server.ts');
  const command = [process.execPath, program];
  const [file = '', ...args] =
    options.shell === undefined ? command : ['sh', '-c', options.shell, 'sh', ...command];
  const env = shellEnvironment({
    PORT: String(port),
    HOST: '127.0.0.1',
    CLIENTELE_LOG_LEVEL: 'warn',
    ...options.settings,
  });

  const isRunning = (): boolean =>
    child !== undefined && child.exitCode === null && child.signalCode === null;

  const launch = (): void => {
    const stdio = [
      'ignore',
      'pipe',
      'pipe',
      ...(options.program === undefined ? [] : ['ipc']),
    ] as StdioOptions;
    const started = spawn(file, args, { cwd: root, env, detached: true, stdio });
    for (const stream of [started.stdout, started.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', keepLine);
    }
    started.once('exit', () => running.delete(started));
    running.add(started);
    child = started;
    isToldToEnd = false;
  };

  const keepLine = (line: string): void => {
    log.push(line);
    if (log.length > linesKept) log.shift();
  };

  const end = async (signal: NodeJS.Signals): Promise<ChildProcess | undefined> => {
    isToldToEnd = true;
    const ending = child;
    if (ending === undefined || !isRunning()) return ending;
    const exited = once(ending, 'exit');
    ending.kill(signal);
    await exited;
    return ending;
  };

  atEnd(context, () => end('SIGKILL'));
  const url = `http://127.0.0.1:${port}`;
  return {
    name,
    port,
    url,
    pid: () => child?.pid ?? 0,
    start: async () => {
      launch();
      await until(`${name} is ready`, startSeconds, async () => {
        if (!isRunning()) throw new Error(`${name} did not start:\n${log.slice(-10).join('\n')}`);
        return (await statusOf(`${url}/health/ready`)) === 200;
      });
    },
    kill: async () => {
      await end('SIGKILL');
    },
    stop: async () => {
      const ended = await end('SIGTERM');
      if (ended?.exitCode !== 0) {
        throw new Error(`${name} did not end with 0:\n${log.slice(-10).join('\n')}`);
      }
    },
    isAsExpected: () => isToldToEnd || isRunning(),
    isRunning,
    tell: async (message) => {
      if (child === undefined) throw new Error(`${name} is not started`);
      const done = once(child, 'message');
      child.send(message);
      await done;
    },
    log: () => log,
  };
}

/** The status of an answer; undefined: there is none. */
export async function statusOf(url: string, boundMs = 10_000): Promise<number | undefined> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(boundMs) });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return undefined;
  }
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody of the group is left.
  }
}
