import { aMoment, lasting } from './deadline.ts';
import { startExercise } from './exercise.ts';
import type { Fault } from './fault.ts';
import { openPostgresSite, openSqliteSite } from './site.ts';

const killings = 4;

/** A server that is killed under load, time and again, at moments that chance decides. */
export const killSqlite: Fault = {
  name: 'kill-sqlite',
  about: `kill -9 of the server under load, ${killings} times, on SQLite`,
  run: async (trial) => {
    const site = openSqliteSite(trial.context);
    const node = await site.makeNode('the server');
    const exercise = await startExercise(trial, site, [node]);
    for (let round = 0; round < killings; round += 1) {
      await exercise.during([node], async (ended) => {
        await lasting(trial.chance.between(0, 0.5));
        await node.kill();
        await aMoment(); // what it has answered is read
        ended();
        await node.start();
      });
    }
    await exercise.end();
  },
};

/** One of two nodes is killed under load: the other must not notice. */
export const killNode: Fault = {
  name: 'kill-node',
  about: 'kill -9 of one of two nodes under load, on PostgreSQL; the other goes on without an error',
  run: async (trial) => {
    const site = await openPostgresSite(trial.context);
    const [first, second] = [await site.makeNode('node 1'), await site.makeNode('node 2')];
    const exercise = await startExercise(trial, site, [first, second]);
    for (const victim of [second, first, second]) {
      await exercise.during([victim], async () => {
        await lasting(trial.chance.between(0, 0.5));
        await victim.kill();
        await lasting(1);
        await victim.start();
      });
    }
    await exercise.end();
  },
};
