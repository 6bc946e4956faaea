import type { ClientStore } from '../../clients/store.ts';
import type { Engine, Step } from '../engine.ts';
import type { Parameters } from '../statement.ts';

/** The step that takes an id. */
export type TakeId = (id: string) => Step<'taken'>;

/**
 * Makes the step that stands first where a client or an account is created: the two are subjects of the same tokens, so an
 * id belongs to one of them, for ever.
 * @see RFC 9700 §4.15
 */
export function createTakeId({ statement }: Pick<Engine, 'statement'>): TakeId {
  const take = statement((db, args: Parameters<{ readonly id: string }>) =>
    db
      .insertInto('subject_ids')
      .values(args.row(['id']))
      .onConflict((conflict) => conflict.doNothing()),
  );
  return (id) => ({ run: take({ id }), otherwise: 'taken' });
}

/** Makes the look at an id: whether it was ever taken, and not for an account. */
export function createWasClient({ statement, read }: Engine): ClientStore['wasClient'] {
  const find = statement((db, args: Parameters<{ readonly id: string }>) =>
    db
      .selectFrom('subject_ids')
      .leftJoin('accounts', 'accounts.id', 'subject_ids.id')
      .select('subject_ids.id')
      .where('subject_ids.id', '=', args.value('id'))
      .where('accounts.id', 'is', null),
  );
  return async (id) => (await read(find({ id }))).length > 0;
}
