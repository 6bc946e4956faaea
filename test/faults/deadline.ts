import { setTimeout as pause } from 'node:timers/promises';

const pollMs = 20;

/** A moment: between two looks at something, or between two tries of what nobody has answered. */
export function aMoment(): Promise<void> {
  return pause(pollMs);
}

/**
 * Waits until `isSo`, by asking again and again.
 * @throws Error when it is not so within `seconds`
 */
export async function until(
  what: string,
  seconds: number,
  isSo: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${seconds} s`);
    await aMoment();
  }
}

/** How long a fault lasts. */
export function lasting(seconds: number): Promise<void> {
  return pause(seconds * 1000);
}
