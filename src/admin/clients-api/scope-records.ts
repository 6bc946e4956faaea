import type { ScopeEntry, Scopes } from '../../applications/scopes.ts';
import { RegistryError } from '../../clients/errors.ts';
import type { Registry } from '../../clients/registry.ts';
import type { Request } from '../../clients/request.ts';
import { ApiError } from './errors.ts';

/** What bringing records along is made of. */
export interface ScopeRecordsDependencies {
  readonly scopes: Pick<Scopes, 'list' | 'finishRename'>;
  readonly registry: Pick<Registry, 'renameScope'>;
}

/** Brings the records of clients along when scopes change. */
export interface ScopeRecords {
  /** What records still say of a former scope of that name is taken out, so that no old client gets the new one. */
  readonly claim: (caller: Request, name: string) => Promise<'claimed' | 'taken'>;
  /**
   * Lets the records follow a renaming; answers the scope without its former name. Nothing happens where it has none.
   * @throws ApiError `CONFLICT`
   */
  readonly finishRename: (caller: Request, entry: ScopeEntry) => Promise<ScopeEntry>;
  /**
   * Takes the name of a scope that is gone out of the records.
   * @throws ApiError `CONFLICT`
   */
  readonly forget: (caller: Request, name: string) => Promise<void>;
}

/** The scope is changed already when other nodes keep the change from a record. */
const halfDone = 'The change was made, but not yet in every client; send the request again.';

/** Makes what brings records along. */
export function createScopeRecords({ scopes, registry }: ScopeRecordsDependencies): ScopeRecords {
  /** `stuck`: a record that the rules would refuse anyway keeps the old name. */
  const rewrite = async (
    caller: Request,
    from: string,
    to: string | null,
  ): Promise<'rewritten' | 'stuck'> => {
    try {
      await registry.renameScope(caller, from, to);
      return 'rewritten';
    } catch (error) {
      if (error instanceof RegistryError && error.code === 'invalid') return 'stuck';
      throw error;
    }
  };

  const follow = async (caller: Request, from: string, to: string | null): Promise<void> => {
    try {
      await rewrite(caller, from, to);
    } catch (error) {
      const isContended = error instanceof RegistryError && error.code === 'contended';
      throw isContended ? new ApiError('CONFLICT', [], halfDone) : error;
    }
  };

  const finishRename: ScopeRecords['finishRename'] = async (caller, entry) => {
    const { renamedFrom: from, name } = entry;
    if (from === null) return entry;
    // What records say under the former name is of another scope once one has it.
    const isTaken = (await scopes.list()).some((other) => other.name === from);
    if (!isTaken) await follow(caller, from, name);
    await scopes.finishRename(entry);
    return { ...entry, renamedFrom: null };
  };

  return {
    claim: async (caller, name) => {
      const entries = await scopes.list();
      if (entries.some((entry) => entry.name === name)) return 'taken';
      for (const entry of entries) if (entry.renamedFrom === name) await finishRename(caller, entry);
      return (await rewrite(caller, name, null)) === 'stuck' ? 'taken' : 'claimed';
    },
    finishRename,
    forget: (caller, name) => follow(caller, name, null),
  };
}
