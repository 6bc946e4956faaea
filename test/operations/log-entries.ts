import { createLogger } from '../../src/observability/logger.ts';

/** A line of the log. */
export type LogEntry = Readonly<Record<string, unknown>>;

/** A logger, and what it has written. */
export function openLog() {
  const lines: string[] = [];
  const entries = (): readonly LogEntry[] => lines.map((line) => JSON.parse(line) as LogEntry);
  return {
    logger: createLogger({ level: 'debug', destination: { write: (line) => lines.push(line) } }),
    text: (): string => lines.join(''),
    /** Those with this message, in their order. */
    entriesOf: (message: string): readonly LogEntry[] =>
      entries().filter((entry) => entry['message'] === message),
  };
}
