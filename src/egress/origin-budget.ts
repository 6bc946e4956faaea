import { createTurns, type Turns } from '../kernel/turns.ts';
import { EgressError } from './errors.ts';

/** Runs `work` as one of the few requests that are under way to an origin. @throws EgressError `busy` */
export type OriginBudget = <Answer>(origin: string, work: () => Promise<Answer>) => Promise<Answer>;

interface Limits {
  /** Requests to one origin at once. */
  readonly running: number;
  /** Requests to one origin that wait. */
  readonly waiting: number;
  /** Origins with a request under way. */
  readonly origins: number;
}

/** Makes a budget for each origin. An origin is forgotten when its last request has ended. */
export function createOriginBudget({ running, waiting, origins }: Limits): OriginBudget {
  const underWay = new Map<string, { readonly inTurn: Turns; requests: number }>();

  const enter = (origin: string) => {
    const known = underWay.get(origin);
    if (known !== undefined) return known;
    if (underWay.size >= origins) throw new EgressError('busy', 'too many origins are being asked');
    const refuse = () => new EgressError('busy', `too many requests to ${origin} are under way`);
    const entered = { inTurn: createTurns({ running, waiting, refuse }), requests: 0 };
    underWay.set(origin, entered);
    return entered;
  };

  return async (origin, work) => {
    const budget = enter(origin);
    budget.requests += 1;
    try {
      return await budget.inTurn(work);
    } finally {
      budget.requests -= 1;
      if (budget.requests === 0) underWay.delete(origin);
    }
  };
}
