import { StartError } from '../../kernel/start-error.ts';
import { UnavailableError } from '../../kernel/unavailable.ts';
import { isDamage } from './database-file.ts';
import { asUnavailable } from './unavailable.ts';

/** `error`, or what it means to the operator where the disk, the system or the content of the file keeps a database from being opened. */
export function asStartFault(error: unknown, file: string): unknown {
  // A migration that fails says so, and SQLite says why.
  const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(reason instanceof Error) || error instanceof StartError) return error;
  if (!isDamage(reason) && !(asUnavailable(reason) instanceof UnavailableError)) return error;
  return new StartError(`The database ${file} cannot be opened: ${reason.message}.`, { cause: error });
}
