import { lasting } from './deadline.ts';
import type { Ledger } from './ledger.ts';
import { type ServerNode, statusOf } from './node-process.ts';

/** What must be true of a node while a fault lasts. */
export interface HealthWatch {
  /** How often it was asked whether it is ready, and said that it is not. */
  readonly notReady: () => number;
  readonly end: () => Promise<void>;
}

const intervalSeconds = 0.1;
/** A health endpoint that takes longer is taken for dead by whoever asks. */
const boundMs = 6_000;

/** Asks `node` again and again whether it lives and whether it is ready; it must live, and answer either in time. */
export function watchHealth(ledger: Ledger, node: ServerNode): HealthWatch {
  let isEnding = false;
  let notReady = 0;
  const watch = async (): Promise<void> => {
    while (!isEnding) {
      const [live, ready] = await Promise.all(
        ['live', 'ready'].map((name) => statusOf(`${node.url}/health/${name}`, boundMs)),
      );
      ledger.check(live === 200, `${node.name} does not say that it lives (${live})`);
      ledger.check(
        ready === 200 || ready === 503,
        `${node.name} does not say whether it is ready (${ready})`,
      );
      if (ready === 503) notReady += 1;
      await lasting(intervalSeconds);
    }
  };
  const watching = watch();
  return {
    notReady: () => notReady,
    end: async () => {
      isEnding = true;
      await watching;
    },
  };
}
