import { UnavailableError } from '../../kernel/unavailable.ts';

/** Primary result codes of SQLite that tell of the disk or of another process, and not of a statement. */
const codes: ReadonlySet<number> = new Set([
  5, // SQLITE_BUSY
  8, // SQLITE_READONLY
  10, // SQLITE_IOERR
  13, // SQLITE_FULL
  14, // SQLITE_CANTOPEN
]);

/** Node has no thread for a scan, or no descriptors for the thread. */
const noThread = 'ERR_WORKER_INIT_FAILED';

/** `error`, or what it means to a request where the disk or the system refuses, or another process holds the database. */
export function asUnavailable(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { errcode = 0, code }: Error & { readonly errcode?: number; readonly code?: string } = error;
  // The primary result code is the lowest octet of the extended one.
  return code === noThread || codes.has(errcode & 0xff) ? new UnavailableError(error) : error;
}
