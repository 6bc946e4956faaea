import { lasting } from './deadline.ts';
import { startExercise } from './exercise.ts';
import type { Fault } from './fault.ts';
import { endPostgres } from './postgres-outage.ts';
import { openPostgresSite } from './site.ts';

const outageSeconds = 2;

/** PostgreSQL goes, in every way in which it does, and comes back. */
export const restartPostgres: Fault = {
  name: 'restart-postgres',
  about: 'PostgreSQL killed, stopped at once, and restarted as packages do, under two nodes',
  run: async (trial) => {
    const site = await openPostgresSite(trial.context);
    const nodes = [await site.makeNode('node 1'), await site.makeNode('node 2')];
    const exercise = await startExercise(trial, site, nodes);
    for (const outage of ['killed', 'immediate', 'fast'] as const) {
      await exercise.duringAnOutage(nodes, async (ended) => {
        const startAgain = await endPostgres(site.cluster, outage);
        await lasting(outageSeconds);
        await startAgain();
        ended();
      });
    }
    await exercise.end();
  },
};
