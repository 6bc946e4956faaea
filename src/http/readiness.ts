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

/**
 * @param checks by the name under which the report shows them
 * @param timeLimit milliseconds after which a check has failed
 */
export function createReadiness(
  checks: Readonly<Record<string, ReadinessCheck>>,
  timeLimit = 2_000,
): Readiness {
  let state: 'starting' | 'serving' | 'draining' = 'starting';
  return {
    serve: () => {
      if (state === 'starting') state = 'serving';
    },
    drain: () => {
      state = 'draining';
    },
    report: async () => {
      const parts = Object.entries({ ...checks, process: async () => state === 'serving' });
      const results = await Promise.all(
        parts.map(
          async ([name, check]) => [name, (await passes(check, timeLimit)) ? 'ok' : 'failing'] as const,
        ),
      );
      return { ready: results.every(([, result]) => result === 'ok'), checks: Object.fromEntries(results) };
    },
  };
}

/** A check that rejects, or takes too long, has failed. */
async function passes(check: ReadinessCheck, timeLimit: number): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(late.resolve, timeLimit, false);
  try {
    return await Promise.race([check(), late.promise]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
