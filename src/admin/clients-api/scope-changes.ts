import { isDeepStrictEqual } from 'node:util';
import type { ScopeEntry, Scopes, ScopeValues } from '../../applications/scopes.ts';
import { RegistryError } from '../../clients/errors.ts';
import type { Request } from '../../clients/request.ts';
import type { Clock } from '../../kernel/clock.ts';
import { createKeyedQueue } from '../../kernel/keyed-queue.ts';
import { untilSettled } from '../../kernel/until-settled.ts';
import { auditOf } from './audit.ts';
import { createScopeRecords, type ScopeRecordsDependencies } from './scope-records.ts';

/** What changes of scopes are made of. */
export interface ScopeChangesDependencies extends ScopeRecordsDependencies {
  readonly scopes: Scopes;
  readonly clock: Clock;
}

/** Changes of scopes together with the records that name them. */
export interface ScopeChanges {
  readonly create: (caller: Request, values: ScopeValues) => Promise<ScopeEntry | 'taken'>;
  /** @param edit asked anew whenever another write came first */
  readonly change: (
    caller: Request,
    id: string,
    edit: (current: ScopeEntry) => ScopeValues,
  ) => Promise<ScopeEntry | 'taken' | 'absent' | 'fixed'>;
  readonly remove: (caller: Request, id: string) => Promise<'deleted' | 'absent' | 'fixed'>;
}

/**
 * Makes the changes of scopes. A scope has a name before any record gets it, and loses it before the records do: whatever
 * happens in between, no client has a scope that nobody gave it. A renaming that was broken off is finished before the
 * scope is changed again, and before another takes its former name.
 */
export function createScopeChanges(deps: ScopeChangesDependencies): ScopeChanges {
  const { scopes, clock } = deps;
  const records = createScopeRecords(deps);
  const queue = createKeyedQueue();
  const inTurn = <Result>(task: () => Promise<Result>): Promise<Result> => queue('scopes', task);

  const attempt = async (
    caller: Request,
    seen: ScopeEntry,
    values: ScopeValues,
  ): Promise<ScopeEntry | 'taken' | 'fixed' | 'conflict'> => {
    if (isDeepStrictEqual(values, valuesOf(seen))) return seen;
    const isRenamed = values.name !== seen.name;
    if (isRenamed && (await records.claim(caller, values.name)) === 'taken') return 'taken';
    const outcome = await scopes.change(seen, values, auditOf({ caller, clock }, valuesOf(seen), values));
    return typeof outcome === 'object' ? records.finishRename(caller, outcome) : outcome;
  };

  return {
    create: (caller, values) =>
      inTurn(async () => {
        if ((await records.claim(caller, values.name)) === 'taken') return 'taken';
        return scopes.create(values, auditOf({ caller, clock }, null, values));
      }),

    change: (caller, id, edit) =>
      inTurn(async () => {
        const outcome = await untilSettled(async () => {
          const found = await scopes.find(id);
          if (found === undefined) return 'absent';
          if (found.isFixed) return 'fixed';
          const seen = await records.finishRename(caller, found);
          return attempt(caller, seen, edit(seen));
        });
        if (outcome === 'conflict') throw new RegistryError('contended');
        return outcome;
      }),

    remove: (caller, id) =>
      inTurn(async () => {
        const seen = await scopes.find(id);
        if (seen === undefined) return 'absent';
        const outcome = await scopes.delete(id, auditOf({ caller, clock }, valuesOf(seen), null));
        if (outcome === 'deleted') await records.forget(caller, seen.name);
        return outcome;
      }),
  };
}

function valuesOf({ name, label, public: isPublic }: ScopeEntry): ScopeValues {
  return { name, label, public: isPublic };
}
