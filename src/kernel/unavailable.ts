/**
 * What a request needs, the storage as a rule, is out of reach for now or has no room. Nothing is wrong with the request: each
 * face answers in its own words, with the status 503. Whether a change that was under way has been made, nobody knows; none was
 * made by half.
 */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';

  /** @param cause what is out of reach says; for the log */
  constructor(cause: Error) {
    super(`out of reach: ${cause.message}`, { cause });
  }
}
