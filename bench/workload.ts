import type { Answer } from './answer-reader.ts';
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
  /** Reads an answer that the next request of its connection depends on. Absent: none does. */
  readonly heed?: (answer: Answer, connection: number) => void;
  /** How many requests make one of what is counted. Default: 1. */
  readonly requestsEach?: number;
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
