import type { Case } from './cases.ts';
import { type Flow, measureFlow, type Stretch } from './load.ts';
import type { CaseResult, Series } from './results.ts';
import type { ServerProcess } from './server-process.ts';
import type { Side, SideName } from './sides.ts';
import { connectionCount, type Sample, type Workload } from './workload.ts';
import type { Registered } from './workloads/updates.ts';

/** A side whose server runs. */
export interface RunningSide extends Side {
  readonly process: ServerProcess;
}

/** Every side. */
export type RunningSides = Readonly<Record<SideName, RunningSide>>;

/** How long and how often. */
export interface Plan {
  readonly rounds: number;
  /** Of each round, for each side. */
  readonly stretch: Stretch;
  /** Before the first round, for each side, so that its code is compiled. */
  readonly warmUp: Stretch;
}

interface Contestant {
  readonly name: SideName;
  readonly process: ServerProcess;
  readonly workload: Workload;
}

/**
 * Measures a case: every side is warmed up, then they take turns, A B A B.
 * @throws Error when a side gives a wrong answer
 */
export async function measureCase(
  { id, title, goals, workloads }: Case,
  { sides, registered, plan }: { sides: RunningSides; registered: Registered; plan: Plan },
): Promise<CaseResult> {
  const contestants: Contestant[] = [];
  for (const name of ['clientele', 'peer', 'composite'] as const) {
    const { process, paths } = sides[name];
    const workload = await workloads[name]?.({ port: process.port, paths }, registered);
    if (workload !== undefined) contestants.push({ name, process, workload });
  }
  for (const contestant of contestants) await measureOnce(contestant, plan.warmUp);
  const taken = new Map<SideName, Measurement[]>();
  for (let round = 0; round < plan.rounds; round++) {
    for (const contestant of contestants) {
      const measurement = await measureOnce(contestant, plan.stretch);
      taken.set(contestant.name, [...(taken.get(contestant.name) ?? []), measurement]);
    }
  }
  const series = Object.fromEntries(
    Array.from(taken, ([name, measurements]) => [name, toSeries(measurements)]),
  );
  // Every case has a workload for our side.
  return { id, title, goals, sides: series as CaseResult['sides'] };
}

interface Measurement {
  readonly flow: Flow;
  readonly busy: number | null;
}

async function measureOnce({ process, workload }: Contestant, stretch: Stretch): Promise<Measurement> {
  const sampler = createSampler();
  const used: (number | null)[] = [];
  const flow = await measureFlow(
    {
      port: process.port,
      connections: connectionCount,
      next: workload.next,
      onAnswer: (answer, connection) => {
        workload.heed?.(answer, connection);
        sampler.note(answer.body);
      },
    },
    stretch,
    () => used.push(process.processorSeconds()),
  );
  await workload.check(sampler.take());
  const [before = null, after = null] = used;
  const answers = flow.answers / (workload.requestsEach ?? 1);
  return {
    flow: { ...flow, answers },
    busy: before === null || after === null ? null : (after - before) / flow.duration,
  };
}

function toSeries(measurements: readonly Measurement[]): Series {
  return {
    rates: measurements.map(({ flow }) => flow.answers / flow.duration),
    busy: measurements.map(({ busy }) => busy),
  };
}

/** One answer of so many is kept, and these last ones. */
const keptOneOf = 499;
const keptLast = 32;

function createSampler() {
  let answered = 0;
  const spread: Buffer[] = [];
  let last: Buffer[] = [];
  return {
    note(body: Buffer): void {
      answered += 1;
      if (answered % keptOneOf === 0) spread.push(Buffer.from(body));
      else last.push(body);
      // Sliced now and then, because to do so each time would cost as much as an answer.
      if (last.length >= keptOneOf) last = last.slice(-keptLast);
    },
    take: (): Sample => ({ answered, spread, last: last.slice(-keptLast) }),
  };
}
