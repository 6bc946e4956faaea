import type { Ending } from '../fixtures/teardown.ts';
import type { Chance } from './chance.ts';
import type { Ledger } from './ledger.ts';

/** What a fault is tried with. */
export interface Trial {
  /** What is set up is given back when the trial ends. */
  readonly context: Ending;
  readonly ledger: Ledger;
  readonly chance: Chance;
  /** A line of the report: what was seen, where numbers do not tell. */
  readonly remark: (text: string) => void;
}

/** Something that goes wrong beneath a server, or around it. */
export interface Fault {
  /** What it is chosen by. */
  readonly name: string;
  /** One line. */
  readonly about: string;
  /** Brings it about under load, and has everything judged. @throws NotPossibleHere where this machine cannot do it */
  readonly run: (trial: Trial) => Promise<void>;
}

/** This machine cannot bring the fault about. */
export class NotPossibleHere extends Error {
  override readonly name = 'NotPossibleHere';
}
