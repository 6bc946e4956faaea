/** Runs what is given in turn; rejects with what `refuse` makes when too many wait already. */
export type Turns = <Result>(work: () => Promise<Result>) => Promise<Result>;

/**
 * Lets costly work run a few at a time, first come first served, so that it cannot starve everything else.
 *
 * @param options.running how many run at once
 * @param options.waiting how many may wait; the next is refused at once
 * @param options.refuse makes the error of a refusal
 */
export function createTurns(options: {
  readonly running: number;
  readonly waiting: number;
  readonly refuse: () => Error;
}): Turns {
  let running = 0;
  const queue: (() => void)[] = [];

  return async (work) => {
    if (running < options.running) running += 1;
    else if (queue.length >= options.waiting) throw options.refuse();
    else await new Promise<void>((resolve) => queue.push(resolve));
    try {
      return await work();
    } finally {
      // A turn that is handed on stays counted as running.
      const next = queue.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
