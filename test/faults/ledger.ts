/** How a request has ended: answered with success, refused as the caller's fault, failed as the server's, or never answered. */
export type Ending = 'ok' | 'refused' | 'failed' | 'unanswered';

/** What was sent during one fault, what became of it, and what was found wrong. */
export interface Ledger {
  readonly counts: Readonly<Record<Ending, number>>;
  /** Durable changes that were acknowledged. */
  readonly changes: () => number;
  readonly checks: () => number;
  readonly violations: readonly string[];
  /** The longest that anybody has waited for an answer, in milliseconds. */
  readonly slowestMs: () => number;
  /** From the end of each fault to the first acknowledged change, in milliseconds. */
  readonly recoveries: readonly number[];
  readonly noteEnding: (ending: Ending, ms: number) => void;
  readonly noteChange: () => void;
  /** Counts a check; one that does not hold is a violation. */
  readonly check: (holds: boolean, whatIsWrong: string) => boolean;
  /** The fault is over: the next change that is acknowledged ends the recovery. */
  readonly faultEnded: () => void;
  readonly hasRecovered: () => boolean;
}

/** Opens an empty ledger. */
export function openLedger(): Ledger {
  const counts = { ok: 0, refused: 0, failed: 0, unanswered: 0 };
  const violations: string[] = [];
  const recoveries: number[] = [];
  let changes = 0;
  let checks = 0;
  let slowest = 0;
  let endOfFault: number | undefined;
  return {
    counts,
    violations,
    recoveries,
    changes: () => changes,
    checks: () => checks,
    slowestMs: () => slowest,
    noteEnding: (ending, ms) => {
      counts[ending] += 1;
      slowest = Math.max(slowest, ms);
    },
    noteChange: () => {
      changes += 1;
      if (endOfFault === undefined) return;
      recoveries.push(performance.now() - endOfFault);
      endOfFault = undefined;
    },
    check: (holds, whatIsWrong) => {
      checks += 1;
      if (!holds) violations.push(whatIsWrong);
      return holds;
    },
    faultEnded: () => {
      endOfFault = performance.now();
    },
    hasRecovered: () => endOfFault === undefined,
  };
}
