import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';

/** Tests that run with the same environment. */
export interface TestRun {
  readonly files: readonly string[];
  /** Of `node --test`. */
  readonly options: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

interface GroupResult {
  readonly output: string;
  readonly passed: boolean;
}

/**
 * Files that one process runs: what they share is loaded, and compiled by the engine, once for all of them. More would not
 * save much, and would leave one process at work at the end.
 */
const filesOfGroup = 16;
/** For what hangs alone: of two runs beside each other the longest tests took over two minutes. */
const testTimeLimitMs = 900_000;
/** A test that hangs is ended before; this is for what a group leaves open. */
const groupTimeLimitMs = 4 * testTimeLimitMs;
/** One more than there are cores: a group waits for a disk, a page or another process again and again. */
const processes = Math.min(availableParallelism() + 1, 4);
const running = new Set<ChildProcess>();
let interrupted = false;

/** Ends the groups that run, as the run itself was told to; no other begins. */
export function interruptTests(signal: NodeJS.Signals): void {
  interrupted = true;
  for (const child of running) child.kill(signal);
}

/** Runs tests in groups, each in a process of its own, a few at once; the output of a group comes when it has ended. */
export async function runTestGroups(run: TestRun): Promise<boolean> {
  const waiting = deal(run.files).values();
  const results: GroupResult[] = [];
  const work = async (): Promise<void> => {
    for (const files of waiting) {
      if (interrupted) return;
      const result = await runGroup(files, run);
      process.stdout.write(result.output);
      results.push(result);
    }
  };
  await Promise.all(Array.from({ length: processes }, work));
  report(results);
  return !interrupted && results.every(({ passed }) => passed);
}

/** Deals the files out like cards, so that those of a folder, which are alike, do not all fall to one group. */
function deal(files: readonly string[]): readonly (readonly string[])[] {
  const count = Math.max(Math.ceil(files.length / filesOfGroup), Math.min(files.length, processes));
  return Array.from({ length: count }, (_, group) => files.filter((_, index) => index % count === group));
}

async function runGroup(files: readonly string[], { options, environment }: TestRun): Promise<GroupResult> {
  const command = [
    '--test',
    '--test-isolation=none',
    `--test-timeout=${testTimeLimitMs}`,
    ...options,
    ...files,
  ];
  const child = spawn(process.execPath, command, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...(process.stdout.isTTY && { FORCE_COLOR: '1' }), ...environment },
    timeout: groupTimeLimitMs,
  });
  running.add(child);
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => output.push(text));
  }
  const [code, signal] = await once(child, 'close');
  running.delete(child);
  if (signal !== null) output.push(`ended by ${signal}: ${files.join(' ')}\n`);
  return { output: output.join(''), passed: code === 0 };
}

/** Tells once more what failed, which may have scrolled away, and how many tests there were. */
function report(results: readonly GroupResult[]): void {
  for (const { output } of results.filter(({ passed }) => !passed)) {
    const failures = output.lastIndexOf('✖ failing tests:');
    process.stdout.write(`\n${failures === -1 ? output : output.slice(failures)}`);
  }
  const counts = new Map<string, number>();
  for (const { output } of results) {
    for (const [, name = '', count] of output.matchAll(/ℹ (tests|pass|fail|cancelled|skipped|todo) (\d+)/g)) {
      counts.set(name, (counts.get(name) ?? 0) + Number(count));
    }
  }
  console.log(`\n${[...counts].map(([name, count]) => `${name} ${count}`).join(', ')}`);
}
