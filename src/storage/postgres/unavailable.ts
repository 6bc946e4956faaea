import { DatabaseError } from 'pg';
import { UnavailableError } from '../../kernel/unavailable.ts';

/**
 * SQLSTATEs, and classes of them, by which a server says that it cannot at present: the connection fails (08), the login
 * is refused (28), resources are exhausted (53), an operator or a time limit has intervened (57), the system beneath has failed (58); it takes no writes, a
 * lock was not to be had, or others kept undoing the transaction.
 */
const states = ['08', '28', '53', '57', '58', '25006', '55P03', '40001', '40P01'];

/**
 * `error`, or what it means to a request where it tells of the server or the way to it, and not of a statement. `pg` makes plain
 * errors of its own, and passes on those of the system.
 */
export function asUnavailable(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const isOutOfReach =
    error instanceof DatabaseError
      ? states.some((state) => error.code?.startsWith(state))
      : error.constructor === Error;
  return isOutOfReach ? new UnavailableError(error) : error;
}
