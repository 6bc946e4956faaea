import { ApiError, protectedError, unprocessable } from './errors.ts';

/** What keeps a scope or an identity provider as it is. */
const refusals = {
  absent: () => new ApiError('NOT_FOUND'),
  fixed: protectedError,
  taken: () => unprocessable([{ field: 'name', message: 'has already been taken' }]),
  'in-use': () => unprocessable([{ field: 'identity_provider', message: 'is used by clients' }]),
} as const;

type Refusal = keyof typeof refusals;

/** What a change came to, where it came to something. @throws ApiError */
export function settled<Result>(outcome: Result): Exclude<Result, Refusal> {
  const refuse = typeof outcome === 'string' ? refusals[outcome as Refusal] : undefined;
  if (refuse) throw refuse();
  return outcome as Exclude<Result, Refusal>;
}
