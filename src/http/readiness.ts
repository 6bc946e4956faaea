import { monotonicMilliseconds } from '../kernel/clock.ts';

/** Whether a part that requests need can do its work now. */
export type ReadinessCheck = () => Promise<boolean>;

/** What `/health/ready` says. */
export interface ReadinessReport {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, 'ok' | 'failing'>>;
}

/**
 * Whether requests should be sent here:
 *
 *     starting ──► serving ──► draining
 */
export interface Readiness {
  readonly serve: () => void;
  readonly drain: () => void;
  readonly report: () => Promise<ReadinessReport>;
}

/** How much asking may cost. */
export interface ReadinessLimits {
  /** Milliseconds after which a check has failed. Default: 2000. */
  readonly timeLimit?: number;
  /** Milliseconds for which its result is told again. Default: 1000. */
  readonly keptFor?: number;
}

/**
 * Whoever asks costs the parts no more than one check at a time, and one a second: the report is for everybody.
 *
 * @param checks by the name under which the report shows them
 */
export function createReadiness(
  checks: Readonly<Record<string, ReadinessCheck>>,
  limits: ReadinessLimits = {},
): Readiness {
  let state: 'starting' | 'serving' | 'draining' = 'starting';
  const parts = Object.entries(checks).map(([name, check]) => [name, createProbe(check, limits)] as const);
  return {
    serve: () => {
      if (state === 'starting') state = 'serving';
    },
    drain: () => {
      state = 'draining';
    },
    report: async () => {
      const probed = await Promise.all(parts.map(async ([name, probe]) => [name, await probe()] as const));
      const results = [...probed, ['process', state === 'serving'] as const];
      return {
        ready: results.every(([, passed]) => passed),
        checks: Object.fromEntries(results.map(([name, passed]) => [name, passed ? 'ok' : 'failing'])),
      };
    },
  };
}

interface Probed {
  readonly result: Promise<boolean>;
  /** When it is over: a check that hangs is over when it ends, however late, and none is begun beside it. */
  end?: number;
}

function createProbe(
  check: ReadinessCheck,
  { timeLimit = 2_000, keptFor = 1_000 }: ReadinessLimits,
): () => Promise<boolean> {
  let last: Probed | undefined;
  const begin = (): Probed => {
    const noteEnd = (passed: boolean): boolean => {
      begun.end = monotonicMilliseconds();
      return passed;
    };
    const running = check().then(noteEnd, () => noteEnd(false));
    const begun: Probed = { result: within(timeLimit, running) };
    return begun;
  };
  return () => {
    const isOver = last?.end !== undefined && monotonicMilliseconds() - last.end >= keptFor;
    if (last === undefined || isOver) last = begin();
    return last.result;
  };
}

/** What takes too long has failed. */
async function within(timeLimit: number, running: Promise<boolean>): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(late.resolve, timeLimit, false);
  try {
    return await Promise.race([running, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
