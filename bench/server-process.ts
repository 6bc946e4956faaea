import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { type Cores, onServerCore } from './cores.ts';

/** How a server is started. */
export interface ServerCommand {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly port: number;
  /** Answers 200 from the moment that the server is ready. */
  readonly readyPath: string;
}

/** A server that answers. */
export interface ServerProcess {
  readonly port: number;
  /** From its start to its first answer, in seconds. */
  readonly startSeconds: number;
  /** Its resident memory, in MB (10⁶ octets). */
  readonly residentMegabytes: () => number;
  /** What all of its threads have used of processors, in seconds; null where the system does not say. */
  readonly processorSeconds: () => number | null;
  /** Ends it as an operator would. */
  readonly stop: () => Promise<void>;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));

/**
 * Starts a server on its core and waits until it is ready.
 * @throws Error when it ends before
 */
export async function startServer(server: ServerCommand, cores: Cores): Promise<ServerProcess> {
  const [program = '', ...args] = onServerCore(cores, server.command);
  const begun = performance.now();
  const child = spawn(program, args, {
    cwd: server.cwd,
    env: { ...process.env, ...server.env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${program} cannot be started`);
  running.add(child);
  child.once('exit', () => running.delete(child));
  await untilReady(server, child);
  return {
    port: server.port,
    startSeconds: (performance.now() - begun) / 1000,
    residentMegabytes: () => residentMegabytesOf(pid),
    processorSeconds: () => processorSecondsOf(pid),
    stop: async () => {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

const pollMilliseconds = 2;

async function untilReady({ port, readyPath, command }: ServerCommand, child: ChildProcess): Promise<void> {
  while (!(await isReady(`http://127.0.0.1:${port}${readyPath}`))) {
    if (child.exitCode !== null) throw new Error(`${command.join(' ')} ended with ${child.exitCode}`);
    await delay(pollMilliseconds);
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

/** `ps` answers in units of 1024 octets. */
function residentMegabytesOf(pid: number): number {
  return (Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)])) * 1024) / 1e6;
}

/** Linux counts in ticks, of which every architecture has 100 a second (proc(5)). */
const ticksPerSecond = 100;

function processorSecondsOf(pid: number): number | null {
  try {
    // The name of the program, in parentheses, may hold spaces.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const [user = 0, system = 0] = fields.slice(11, 13).map(Number);
    return (user + system) / ticksPerSecond;
  } catch {
    return null;
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('the system gives no port');
  return address.port;
}
