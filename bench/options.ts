import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Case, cases } from './cases.ts';
import type { Plan } from './rounds.ts';

/** What a run is asked to do. */
export interface Options {
  readonly plan: Plan;
  readonly cases: readonly Case[];
  /** Whether every case is measured for as long as it takes, so that the result may be kept. */
  readonly complete: boolean;
  /** The checkout whose server is measured. */
  readonly checkout: string;
  /** Options of the Node that runs our server. */
  readonly nodeOptions: readonly string[];
}

const full: Plan = { rounds: 5, stretch: { leadIn: 0.5, counted: 4 }, warmUp: { leadIn: 0.1, counted: 4 } };
const quick: Plan = {
  rounds: 3,
  stretch: { leadIn: 0.2, counted: 1 },
  warmUp: { leadIn: 0.1, counted: 1.5 },
};

/**
 * Reads the command line: see README.md.
 * @throws Error when there is no such option or case
 */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      case: { type: 'string', multiple: true, default: [] },
      checkout: { type: 'string', default: join(import.meta.dirname, '..') },
      profile: { type: 'string' },
    },
  });
  const chosen = values.case.map(findCase);
  return {
    plan: values.quick ? quick : full,
    cases: chosen.length > 0 ? chosen : cases,
    complete: !values.quick && chosen.length === 0 && values.profile === undefined,
    checkout: values.checkout,
    nodeOptions: values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`],
  };
}

function findCase(id: string): Case {
  const found = cases.find((entry) => entry.id === id);
  if (found === undefined)
    throw new Error(`no case ${id}; there are ${cases.map((entry) => entry.id).join(', ')}`);
  return found;
}
