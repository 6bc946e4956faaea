import { createRequire } from 'node:module';
import { type DestinationStream, type Level, pino, stdTimeFunctions } from 'pino';
import type { LogLevel } from '../kernel/log-level.ts';
import type { Logger } from '../kernel/logger.ts';
import { errorFacts } from './error-facts.ts';
import { createLineOutput } from './line-output.ts';
import { redact, redacted, secretNames } from './redaction.ts';

const require = createRequire(import.meta.url);

/** A logger, and how to make sure that everything is written before the process ends. */
export interface ProcessLogger extends Logger {
  readonly flush: () => void;
}

/**
 * Makes the logger: one JSON line an entry on standard output, or coloured text when that is a terminal.
 * `facts.error` is written by `errorFacts`; whatever looks like a secret is replaced in the finished line.
 *
 * @param options.destination where the lines go instead; for tests
 */
export function createLogger(options: {
  readonly level: LogLevel;
  readonly destination?: DestinationStream;
}): ProcessLogger {
  const stream = options.destination ?? standardOutput();
  const logger = pino(
    {
      level: options.level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      messageKey: 'message',
      formatters: { level: (level) => ({ level }) },
      serializers: { error: errorFacts },
      redact: { paths: secretNames.flatMap(pathsTo), censor: redacted },
      hooks: { streamWrite: redact },
    },
    stream,
  );
  const at =
    (level: Level) =>
    (facts: object, message: string): void =>
      logger[level](facts, message);
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    flush: () => {
      if ('flushSync' in stream && typeof stream.flushSync === 'function') stream.flushSync();
    },
  };
}

function standardOutput(): DestinationStream {
  if (!process.stdout.isTTY) {
    const output = createLineOutput(1);
    process.on('exit', output.flushSync);
    return output;
  }
  // Loaded here, because a service has no terminal.
  const { PinoPretty } = require('pino-pretty') as typeof import('pino-pretty');
  return PinoPretty({ messageKey: 'message', ignore: 'pid,hostname', sync: true });
}

function pathsTo(name: string): readonly string[] {
  return [`["${name}"]`, `*["${name}"]`];
}
