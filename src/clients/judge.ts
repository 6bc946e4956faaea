import { asEpochSeconds, type Clock, type EpochSeconds, secondsAfter } from '../kernel/clock.ts';
import type { Client } from './client.ts';
import { clientDefaults, normalise } from './defaults.ts';
import { invalid } from './errors.ts';
import { applyPatch, type ClientPatch, changedFields } from './patch.ts';
import { checkPolicy } from './policy.ts';
import { type ReferenceLoader, referencesOf } from './references.ts';
import type { Request } from './request.ts';
import { brokenRules } from './rules/rules.ts';

/** What a change is judged with. */
export interface JudgeDependencies {
  readonly loadReferences: ReferenceLoader;
  readonly clock: Clock;
  /** False: the server keeps verifiers of secrets alone. */
  readonly secretsKept: boolean;
}

/** Turns a record and a patch into the record as it will be, or refuses. The one way to a changed record. */
export interface Judge {
  /**
   * The next revision of `before`; `before` itself when the patch changes nothing, even where a rule that is younger than
   * the record would refuse it: the current value is always accepted back.
   * @throws RegistryError `protected`, `forbidden`, or `invalid` with every broken rule
   */
  readonly revise: (request: Request, before: Client, patch: ClientPatch) => Promise<Client>;
  /**
   * The first revision of a new client.
   * @throws RegistryError `protected`, `forbidden`, or `invalid` with every broken rule
   */
  readonly found: (request: Request, id: string, patch: (blank: Client) => ClientPatch) => Promise<Client>;
  /**
   * Lets the actor use or replace the client's secrets, or delete it, when it may.
   * @throws RegistryError `protected` or `forbidden`
   */
  readonly admit: (request: Request, client: Client, after: Client | null) => Promise<void>;
}

/** Makes the judge: apply → normalise → policy on old and new → rules on the merged record. */
export function createJudge({ loadReferences, clock, secretsKept }: JudgeDependencies): Judge {
  const judge = async (request: Request, previous: Client | null, after: Client): Promise<void> => {
    const references = await loadReferences(referencesOf(after));
    checkPolicy({ actor: request.actor, before: previous, after, references });
    const changed = previous ? changedFields(previous, after) : (Object.keys(after) as (keyof Client)[]);
    const violations = brokenRules(
      after,
      { previous, references, secretsKept },
      { face: request.face, changed },
    );
    if (violations.length > 0) throw invalid(violations);
  };

  const admit: Judge['admit'] = async ({ actor }, client, after) => {
    const references = await loadReferences(referencesOf(client));
    checkPolicy({ actor, before: client, after, references });
  };

  return {
    revise: async (request, before, patch) => {
      const merged = normalise(applyPatch(before, patch));
      if (changedFields(before, merged).length === 0) {
        await admit(request, before, before);
        return before;
      }
      const after = nextRevision(before, merged, clock.now());
      await judge(request, before, after);
      return after;
    },
    found: async (request, id, patch) => {
      const now = clock.now();
      const ownerId = request.actor.operator ? null : request.actor.subject;
      const blank = { ...clientDefaults, id, revision: 1, createdAt: now, updatedAt: now, ownerId };
      const client = normalise(applyPatch(blank, patch(blank)));
      await judge(request, null, client);
      return client;
    },
    admit,
  };
}

/** What the registry itself writes in a changed record. Tokens issued up to the second of a disabling stay dead for ever. */
function nextRevision(before: Client, merged: Client, now: EpochSeconds): Client {
  const isDisabledNow = before.enabled && !merged.enabled;
  const updatedAt = asEpochSeconds(Math.max(now, before.updatedAt));
  return {
    ...merged,
    revision: before.revision + 1,
    updatedAt,
    ...(isDisabledNow && { tokensValidFrom: secondsAfter(updatedAt, 1) }),
  };
}
