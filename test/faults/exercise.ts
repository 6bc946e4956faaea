import { until } from './deadline.ts';
import type { Trial } from './fault.ts';
import { type HealthWatch, watchHealth } from './health-watch.ts';
import { startLoad } from './load.ts';
import { type ServerNode, statusOf } from './node-process.ts';
import type { Site } from './site.ts';
import { createSend } from './wire.ts';
import { fetchAdministration, firstOf, type World } from './world.ts';

/** A fault that comes and goes. `ended` tells when it has gone, where that is before it has been put right. */
export type Happening = (ended: () => void) => Promise<void>;

/** Traffic on nodes, between which faults come and go. */
export interface Exercise {
  readonly world: World;
  /**
   * Brings a fault about and has everything recover.
   * @param troubled the nodes that may fail meanwhile; the others may not
   */
  readonly during: (troubled: readonly ServerNode[], fault: Happening) => Promise<void>;
  /** The same, and every troubled node must live on. Answers how often each said meanwhile that it is not ready. */
  readonly duringTrouble: (troubled: readonly ServerNode[], fault: Happening) => Promise<readonly number[]>;
  /** The same, and each must say so at some moment. */
  readonly duringAnOutage: (troubled: readonly ServerNode[], fault: Happening) => Promise<void>;
  /** Has the traffic end, judges everything, and stops the nodes as an operator does. */
  readonly end: () => Promise<void>;
}

/** Durable changes that are acknowledged before a fault begins, and once more after it. */
const changesBetween = 150;
const recoverySeconds = 60;

/** Starts nodes, and traffic on them. */
export async function startExercise(
  { ledger, chance, remark }: Trial,
  site: Site,
  nodes: readonly ServerNode[],
): Promise<Exercise> {
  let troubled: readonly ServerNode[] = [];
  const send = createSend(ledger, (node) => troubled.includes(node));
  for (const node of nodes) if (!node.isRunning()) await node.start();
  const administration = await fetchAdministration(send, firstOf({ nodes }));
  const world: World = { nodes, ledger, chance, send, look: site.look, administration };
  const load = await startLoad(world);

  const untilBusy = async (): Promise<void> => {
    const wanted = ledger.changes() + changesBetween;
    await until('traffic runs', recoverySeconds, () => ledger.changes() >= wanted);
  };

  const during: Exercise['during'] = async (nodesInTrouble, fault) => {
    await untilBusy();
    troubled = nodesInTrouble;
    let isTold = false;
    await fault(() => {
      isTold = true;
      ledger.faultEnded();
    });
    if (!isTold) ledger.faultEnded();
    await until('a change is acknowledged again', recoverySeconds, ledger.hasRecovered);
    for (const node of nodes) await untilReady(node);
    troubled = [];
    await untilBusy();
    for (const node of nodes) {
      ledger.check(
        node.isAsExpected(),
        `${node.name} has ended by itself: ${node.log().slice(-3).join(' | ')}`,
      );
    }
  };

  const duringTrouble: Exercise['duringTrouble'] = async (nodesInTrouble, fault) => {
    let watches: readonly HealthWatch[] = [];
    await during(nodesInTrouble, async (ended) => {
      watches = nodesInTrouble.map((node) => watchHealth(ledger, node));
      try {
        await fault(ended);
      } finally {
        for (const watch of watches) await watch.end();
      }
    });
    return watches.map((watch) => watch.notReady());
  };

  return {
    world,
    during,
    duringTrouble,
    duringAnOutage: async (nodesInTrouble, fault) => {
      const notReady = await duringTrouble(nodesInTrouble, fault);
      for (const [index, node] of nodesInTrouble.entries()) {
        ledger.check(notReady[index] !== 0, `${node.name} said that it was ready all the time`);
      }
    },
    end: async () => {
      await load.endAndInspect();
      for (const node of nodes) await node.stop();
      if (ledger.violations.length > 0) {
        for (const node of nodes) for (const line of node.log().slice(-5)) remark(`${node.name}: ${line}`);
      }
    },
  };
}

async function untilReady(node: ServerNode): Promise<void> {
  await until(
    `${node.name} is ready again`,
    recoverySeconds,
    async () => (await statusOf(`${node.url}/health/ready`)) === 200,
  );
}
