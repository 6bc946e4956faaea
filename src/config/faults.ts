import { StartError } from '../kernel/start-error.ts';

/** One thing that is wrong with the configuration. */
export interface ConfigurationFault {
  /** The environment key, or the file and the path inside it. */
  readonly where: string;
  /** What is wrong and what is right. Never the value of a secret. */
  readonly message: string;
}

/** The configuration cannot be used; it names every fault at once. */
export class ConfigurationError extends StartError {
  override readonly name = 'ConfigurationError';
  readonly faults: readonly ConfigurationFault[];

  constructor(faults: readonly ConfigurationFault[]) {
    const lines = faults.map(({ where, message }) => `  ${where}: ${message}`);
    super(['The configuration cannot be used:', ...lines].join('\n'));
    this.faults = faults;
  }
}

/** A value that a parser refuses; its message completes "KEY: …". */
export class ValueFault extends Error {
  override readonly name = 'ValueFault';
}

/** Gathers faults while a configuration is read, so that the operator sees all of them. */
export interface FaultCollector {
  readonly faults: readonly ConfigurationFault[];
  readonly add: (where: string, message: string) => void;
  /** Runs `read`; a `ValueFault` is noted under `where` and answers `undefined`. */
  readonly attempt: <T>(where: string, read: () => T) => T | undefined;
}

/** Makes an empty collector. */
export function createFaultCollector(): FaultCollector {
  const faults: ConfigurationFault[] = [];
  const add = (where: string, message: string): void => {
    faults.push({ where, message });
  };
  return {
    faults,
    add,
    attempt: (where, read) => {
      try {
        return read();
      } catch (error) {
        if (!(error instanceof ValueFault)) throw error;
        add(where, error.message);
        return undefined;
      }
    },
  };
}
