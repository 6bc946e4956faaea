import type { Paths } from './sides.ts';

/** Answers of one stretch of traffic, kept to be looked at once it is over. */
export interface Sample {
  /** How many there were. */
  readonly answered: number;
  /** Bodies from the whole stretch. */
  readonly spread: readonly Buffer[];
  /** The bodies of the last answers. */
  readonly last: readonly Buffer[];
}

/** What one side is asked in one case. */
export interface Workload {
  /** The next request of a connection. */
  readonly next: (connection: number) => Buffer;
  /** @throws Error when an answer is not what it should be */
  readonly check: (sample: Sample) => Promise<void>;
}

/** A server that can be asked. */
export interface Target {
  readonly port: number;
  readonly paths: Paths;
}

/** How many connections every case has. */
export const connectionCount = 32;
