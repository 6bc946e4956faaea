import { aMoment } from './deadline.ts';
import { openAssertions } from './traffic-assertions.ts';
import { openRecords } from './traffic-records.ts';
import { openSecrets } from './traffic-secrets.ts';
import { openSwitches } from './traffic-switches.ts';
import { openTokens } from './traffic-tokens.ts';
import { type Credentials, registerClient, type Traffic, type World } from './world.ts';

/** Mixed traffic that runs until it is told to end. */
export interface Load {
  /** Lets every request that is under way have its answer, and judges what is left. */
  readonly endAndInspect: () => Promise<void>;
}

/** A client whose access tokens are opaque, which the operator's file declares: each of them is a durable write. */
export const opaqueClient: Credentials = {
  id: '33333333-3333-4333-8333-333333333333',
  secret: 'secret-of-the-client-with-opaque-tokens',
};

/** Starts traffic of every kind. */
export async function startLoad(world: World): Promise<Load> {
  const traffic: readonly Traffic[] = [
    await openRecords(world),
    await openRecords(world),
    await openRecords(world),
    await openSecrets(world),
    await openSecrets(world),
    await openSwitches(world),
    await openTokens(world, await registerClient(world)),
    await openTokens(world, opaqueClient),
    await openAssertions(world),
  ];
  let isEnding = false;
  const runs = traffic.map(async ({ step }) => {
    while (!isEnding) {
      const before = world.ledger.counts.failed + world.ledger.counts.unanswered;
      await step();
      const after = world.ledger.counts.failed + world.ledger.counts.unanswered;
      if (after > before) await aMoment();
    }
  });
  return {
    endAndInspect: async () => {
      isEnding = true;
      await Promise.all(runs);
      for (const { inspect } of traffic) await inspect();
    },
  };
}
