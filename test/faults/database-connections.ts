import { Client } from 'pg';
import { lasting } from './deadline.ts';
import { type Exercise, startExercise } from './exercise.ts';
import type { Fault, Trial } from './fault.ts';
import type { ServerNode } from './node-process.ts';
import { openPostgresSite } from './site.ts';
import { openAssertionClient } from './traffic-assertions.ts';
import { startValve, type Valve } from './valve.ts';

interface BehindValve {
  readonly valve: Valve;
  readonly nodes: readonly ServerNode[];
  readonly exercise: Exercise;
}

/** Two nodes with a valve between them and their database. */
async function openBehindValve(trial: Trial): Promise<BehindValve> {
  let valve: Valve | undefined;
  const site = await openPostgresSite(trial.context, async (url) => {
    valve = await startValve(trial.context, url, trial.chance.next);
    return valve.url;
  });
  if (valve === undefined) throw new Error('there is no valve');
  const nodes = [await site.makeNode('node 1'), await site.makeNode('node 2')];
  return { valve, nodes, exercise: await startExercise(trial, site, nodes) };
}

/** The database hangs, for less and for more than anybody waits, and goes on where it was. */
export const hangingDatabase: Fault = {
  name: 'hanging-database',
  about: 'PostgreSQL does not answer for 4 s, and for 25 s, and then goes on',
  run: async (trial) => {
    const { valve, nodes, exercise } = await openBehindValve(trial);
    for (const seconds of [4, 25]) {
      await exercise.duringAnOutage(nodes, async () => {
        valve.turn('held');
        await lasting(seconds);
        valve.turn('open');
      });
    }
    await exercise.end();
  },
};

/** Every connection is half open: nothing comes through, and nobody is told. */
export const lostConnections: Fault = {
  name: 'lost-connections',
  about: 'connections to PostgreSQL become deaf and stay so; others can be made after 10 s',
  run: async (trial) => {
    const { valve, nodes, exercise } = await openBehindValve(trial);
    await exercise.duringAnOutage(nodes, async () => {
      valve.turn('lost');
      await lasting(10);
      valve.turn('open');
    });
    await exercise.end();
  },
};

/** COMMIT is sent, and what has become of it nobody says. */
export const cutCommits: Fault = {
  name: 'cut-commits',
  about: 'connections are reset at COMMIT for 8 s, half of them after PostgreSQL has had it',
  run: async (trial) => {
    const { valve, nodes, exercise } = await openBehindValve(trial);
    await exercise.duringTrouble(nodes, async () => {
      valve.turn('cutting');
      await lasting(8);
      valve.turn('open');
    });
    trial.remark(`${valve.cuts()} connections were cut at COMMIT`);
    trial.ledger.check(valve.cuts() > 0, 'no connection was cut');
    await exercise.end();
  },
};

/** The database is far away: nothing may fail, and everything is slow. */
export const slowDatabase: Fault = {
  name: 'slow-database',
  about: '200 ms each way between nodes and PostgreSQL for 10 s: nothing fails',
  run: async (trial) => {
    const { valve, exercise } = await openBehindValve(trial);
    // Nobody is in trouble: nothing may fail.
    await exercise.during([], async () => {
      valve.turn('slow');
      await lasting(10);
      valve.turn('open');
    });
    await exercise.end();
  },
};

/** Longer than any statement may take. */
const lockSeconds = 14;
const callers = 100;

/** Somebody holds locks that everybody needs, until no connection is left. */
export const exhaustedPool: Fault = {
  name: 'exhausted-pool',
  about: `tables of PostgreSQL are locked for ${lockSeconds} s: rows for writing, and then for everything`,
  run: async (trial) => {
    const site = await openPostgresSite(trial.context);
    const nodes = [await site.makeNode('node 1'), await site.makeNode('node 2')];
    const exercise = await startExercise(trial, site, nodes);
    const assertions = await openAssertionClient(exercise.world);
    const useAssertion = async (node: ServerNode | undefined): Promise<void> => {
      if (node) await assertions.sendTo(node, assertions.make(300));
    };
    const whileLocked = async (statement: string): Promise<void> => {
      const holder = new Client({ connectionString: site.url });
      await holder.connect();
      try {
        await holder.query('begin');
        await holder.query(statement);
        // More than there are connections for, of either kind.
        const flood = Array.from({ length: callers }, (_, index) =>
          useAssertion(nodes[index % nodes.length]),
        );
        await lasting(lockSeconds);
        await holder.query('rollback');
        await Promise.all(flood);
      } finally {
        await holder.end();
      }
    };
    const forWriting = 'lock table clients, client_secrets, single_use, denied_tokens in exclusive mode';
    await exercise.duringTrouble(nodes, () => whileLocked(forWriting));
    await exercise.duringAnOutage(nodes, () =>
      whileLocked('lock table clients, denied_tokens in access exclusive mode'),
    );
    await exercise.end();
  },
};
