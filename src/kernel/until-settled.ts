import { setTimeout as pause } from 'node:timers/promises';

/** Each one lost is another node's write that succeeded: dozens come of a crowd, more of a fault. */
const mostTries = 96;

/** Long enough for what was lost against to be over, in milliseconds. */
const longestPauseMs = 8;

/**
 * Runs `attempt`, which reads, judges and writes on condition that nothing has changed since it read, until no other node was quicker.
 * Losers wait a random time, longer each time: nodes whose turns keep in step would lose against the same one for ever.
 *
 * @returns what it resolved to; `conflict` when others were quicker 96 times, and nothing was written
 */
export async function untilSettled<Result>(
  attempt: () => Promise<Result | 'conflict'>,
): Promise<Result | 'conflict'> {
  for (let tries = 1; ; tries++) {
    const result = await attempt();
    if (result !== 'conflict' || tries === mostTries) return result;
    await pause(Math.random() * Math.min(2 ** tries, longestPauseMs));
  }
}
