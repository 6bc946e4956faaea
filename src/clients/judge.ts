import type { Face } from '../kernel/audit.ts';
import { asEpochSeconds, type Clock } from '../kernel/clock.ts';
import type { Client } from './client.ts';
import { clientDefaults, normalise } from './defaults.ts';
import { invalid } from './errors.ts';
import { applyPatch, type ClientPatch, changedFields } from './patch.ts';
import { type Actor, checkPolicy } from './policy.ts';
import { type ReferenceLoader, referencesOf } from './references.ts';
import { brokenRules } from './rules/rules.ts';

/** What a change is judged with. */
export interface JudgeDependencies {
  readonly loadReferences: ReferenceLoader;
  readonly clock: Clock;
  /** False: the server keeps verifiers of secrets alone. */
  readonly secretsKept: boolean;
}

/** Who asks for a change, and through which face. */
export interface Petition {
  readonly actor: Actor;
  readonly face: Face;
}

/** Turns a record and a patch into the record as it will be, or refuses. The one way to a changed record. */
export interface Judge {
  /**
   * The next revision of `before`; `before` itself when the patch changes nothing.
   * @throws RegistryError `protected`, `forbidden`, or `invalid` with every broken rule
   */
  readonly revise: (petition: Petition, before: Client, patch: ClientPatch) => Promise<Client>;
  /**
   * The first revision of a new client.
   * @throws RegistryError `protected`, `forbidden`, or `invalid` with every broken rule
   */
  readonly found: (petition: Petition, id: string, patch: (blank: Client) => ClientPatch) => Promise<Client>;
  /**
   * Lets the actor use or replace the client's secrets, or delete it, when it may.
   * @throws RegistryError `protected` or `forbidden`
   */
  readonly admit: (petition: Petition, client: Client, after: Client | null) => Promise<void>;
}

/** Makes the judge: apply → normalise → policy on old and new → rules on the merged record. */
export function createJudge({ loadReferences, clock, secretsKept }: JudgeDependencies): Judge {
  const judge = async (petition: Petition, previous: Client | null, after: Client): Promise<void> => {
    const references = await loadReferences(referencesOf(after));
    checkPolicy({ actor: petition.actor, before: previous, after, references });
    const changed = previous ? changedFields(previous, after) : (Object.keys(after) as (keyof Client)[]);
    const violations = brokenRules(
      after,
      { previous, references, secretsKept },
      { face: petition.face, changed },
    );
    if (violations.length > 0) throw invalid(violations);
  };

  return {
    revise: async (petition, before, patch) => {
      const merged = normalise(applyPatch(before, patch));
      const isChanged = changedFields(before, merged).length > 0;
      const updatedAt = asEpochSeconds(Math.max(clock.now(), before.updatedAt));
      const after = isChanged ? { ...merged, revision: before.revision + 1, updatedAt } : before;
      await judge(petition, before, after);
      return after;
    },
    found: async (petition, id, patch) => {
      const now = clock.now();
      const ownerId = petition.actor.operator ? null : petition.actor.subject;
      const blank = { ...clientDefaults, id, revision: 1, createdAt: now, updatedAt: now, ownerId };
      const client = normalise(applyPatch(blank, patch(blank)));
      await judge(petition, null, client);
      return client;
    },
    admit: async (petition, client, after) => {
      const references = await loadReferences(referencesOf(client));
      checkPolicy({ actor: petition.actor, before: client, after, references });
    },
  };
}
