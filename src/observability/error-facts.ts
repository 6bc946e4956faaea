import { redact } from './redaction.ts';

/** An error as the log shows it. */
export interface ErrorFacts {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  /** What it came from, outermost first; at most 8. */
  readonly causes?: readonly Omit<ErrorFacts, 'causes'>[];
}

const mostCauses = 8;

/** Describes anything thrown, with its stack and chain of causes, without values that look like secrets. */
export function errorFacts(error: unknown): ErrorFacts {
  const causes = causesOf(error).map(oneError);
  return { ...oneError(error), ...(causes.length > 0 && { causes }) };
}

function causesOf(error: unknown): unknown[] {
  const causes: unknown[] = [];
  let cause = error instanceof Error ? error.cause : undefined;
  while (cause !== undefined && causes.length < mostCauses) {
    causes.push(cause);
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return causes;
}

function oneError(error: unknown): ErrorFacts {
  if (!(error instanceof Error)) return { type: typeof error, message: redact(String(error)) };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  const stack = error.stack === undefined ? {} : { stack: redact(error.stack) };
  return { type: error.name, message: redact(error.message), ...code, ...stack };
}
