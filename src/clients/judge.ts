import { asEpochSeconds, type Clock, type EpochSeconds, secondsAfter } from '../kernel/clock.ts';
import type { Client, ClientField } from './client.ts';
import { clientDefaults, normalise } from './defaults.ts';
import { invalid, RegistryError, type Violation } from './errors.ts';
import type { KeyInHand } from './key-in-hand.ts';
import type { KeyMaker, Renewal } from './key-pair.ts';
import { createKeyRenewal, type Verdict } from './key-renewal.ts';
import { applyPatch, type ClientPatch, changedFields } from './patch.ts';
import { checkPolicy } from './policy.ts';
import { type ReferenceLoader, referencesOf } from './references.ts';
import type { Request } from './request.ts';
import { added } from './rules/rule.ts';
import { brokenRules } from './rules/rules.ts';
import { type NewSecret, secretViolations } from './rules/secrets.ts';
import type { SecretKeeper } from './secret.ts';

/** What a change is judged with. */
export interface JudgeDependencies {
  readonly loadReferences: ReferenceLoader;
  readonly clock: Clock;
  readonly keyMaker: Pick<KeyMaker, 'didOf'>;
  readonly secretKeeper: Pick<SecretKeeper, 'importFault'>;
  /** False: the server keeps verifiers of secrets alone. */
  readonly secretsKept: boolean;
  /** False: the server has no remote signer. */
  readonly remoteSigner: boolean;
}

/** What a request wants of a client. */
export interface Proposal {
  readonly patch: ClientPatch;
  readonly renew?: Renewal;
  /** Where the key pair comes from, if the client is to have another. */
  readonly keyInHand: KeyInHand;
  readonly secret?: NewSecret;
  /** What is wrong with the request itself: reported together with broken rules. */
  readonly faults?: readonly Violation[];
  /** The length in octets of the newest secret that the client will have; null: none that is kept. */
  readonly secretOctets: () => number | null;
}

/** What a judgement rests on, and what must still be so when the record is written. */
export interface Basis {
  /** The revision of the scopes. Absent: the record gets none that it had not. */
  readonly scopesRevision?: number;
}

/** The record as it will be, on a basis. */
export interface Judgement extends Verdict, Basis {}

/** What changes no field: a use or a change of secrets and keys; a deletion; writing back what was read. */
export type Deed = 'use-secrets' | 'delete' | 'keep';

/** Turns a record and a proposal into the record as it will be, or refuses. The one way to a changed record. */
export interface Judge {
  /**
   * The next revision of `before`; `before` itself when the proposal changes nothing, even where a rule that is younger than
   * the record would refuse it: the current value is always accepted back.
   * @throws RegistryError `conflict` when the scopes are not at the revision that the request names, `protected`, `forbidden`,
   *   `busy`, `signer_unavailable`, or `invalid` with every broken rule
   */
  readonly revise: (request: Request, before: Client, proposal: Proposal) => Promise<Judgement>;
  /**
   * The first revision of a new client.
   * @throws RegistryError as `revise`
   */
  readonly found: (request: Request, id: string, propose: (blank: Client) => Proposal) => Promise<Judgement>;
  /**
   * Lets the actor do with a client what changes no field of it, when it may.
   * @throws RegistryError `protected` or `forbidden`
   */
  readonly admit: (request: Request, client: Client, deed: Deed) => Promise<void>;
}

/** What is judged. `previous` null: the client is new, and every field of it is changed. */
interface Change {
  readonly previous: Client | null;
  readonly after: Client;
  readonly changed: readonly ClientField[];
}

/** Makes the judge: apply → normalise → policy on old and new → rules on the merged record → key pair. */
export function createJudge(dependencies: JudgeDependencies): Judge {
  const { loadReferences, clock, secretKeeper, secretsKept, remoteSigner } = dependencies;
  const renewed = createKeyRenewal(dependencies.keyMaker);

  const judge = async (
    request: Request,
    { previous, after, changed }: Change,
    { secret, secretOctets, faults = [] }: Proposal,
  ): Promise<Basis> => {
    const references = await loadReferences(referencesOf(after, previous));
    const basis = addsScopes(previous, after) ? { scopesRevision: references.scopesRevision } : {};
    checkSeenScopes(request, basis);
    checkPolicy({ actor: request.actor, before: previous, after, references });
    const violations = brokenRules(
      after,
      {
        previous,
        references,
        secretsKept,
        remoteSigner,
        get secretOctets() {
          return secretOctets();
        },
      },
      { face: request.face, changed },
    );
    refuse([...faults, ...violations, ...secretViolations(secret, request.face, secretKeeper)]);
    return basis;
  };

  const admit: Judge['admit'] = async ({ actor }, client, deed) => {
    const references = await loadReferences(referencesOf(client, client));
    const after = deed === 'delete' ? null : client;
    checkPolicy({ actor, before: client, after, references, keeps: deed === 'keep' });
  };

  const keep: typeof judge = async (request, { after }, { secret, renew, faults = [] }) => {
    await admit(request, after, secret || renew ? 'use-secrets' : 'keep');
    refuse([...faults, ...secretViolations(secret, request.face, secretKeeper)]);
    return {};
  };

  return {
    revise: async (request, before, proposal) => {
      const merged = normalise(applyPatch(before, proposal.patch));
      const change = { previous: before, after: merged, changed: changedFields(before, merged) };
      const isSame = change.changed.length === 0;
      const basis = await (isSame ? keep : judge)(request, change, proposal);
      if (proposal.renew) checkHasKey(merged);
      const { client, key } = await renewed(before, merged, proposal);
      if (isSame && changedFields(before, client).length === 0) return { client: before };
      const revised = nextRevision(before, client, clock.now());
      return { client: revised, ...(key !== undefined && { key }), ...basis };
    },
    found: async (request, id, propose) => {
      const now = clock.now();
      const ownerId = request.actor.operator ? null : request.actor.subject;
      const blank = { ...clientDefaults, id, revision: 1, createdAt: now, updatedAt: now, ownerId };
      const proposal = propose(blank);
      const client = normalise(applyPatch(blank, proposal.patch));
      const changed = Object.keys(client) as ClientField[];
      const basis = await judge(request, { previous: null, after: client, changed }, proposal);
      return { ...(await renewed(null, client, proposal)), ...basis };
    },
    admit,
  };
}

function addsScopes(before: Client | null, after: Client): boolean {
  return (['allowedScopes', 'authorizedScopes'] as const).some(
    (field) => added(after[field] ?? [], before?.[field]).length > 0,
  );
}

/** Refuses names that may mean other scopes than when the caller looked them up. */
function checkSeenScopes({ ifScopesRevision: seen }: Request, { scopesRevision }: Basis): void {
  if (seen === undefined || scopesRevision === undefined || seen === scopesRevision) return;
  throw new RegistryError('conflict', 'The scopes are no longer at the revision that the caller named.');
}

function checkHasKey({ keyPairType }: Client): void {
  if (keyPairType !== null) return;
  refuse([{ rule: 'has-a-key-pair', field: 'keyPairType', message: "can't be blank" }]);
}

function refuse(violations: readonly Violation[]): void {
  if (violations.length > 0) throw invalid(violations);
}

/**
 * What the registry itself writes in a changed record. Tokens issued until a disabling stay dead for ever: those of the same second
 * too, and those that count as of the next because there was another disabling in it.
 */
function nextRevision(before: Client, merged: Client, now: EpochSeconds): Client {
  const isDisabledNow = before.enabled && !merged.enabled;
  const updatedAt = asEpochSeconds(Math.max(now, before.updatedAt));
  return {
    ...merged,
    revision: before.revision + 1,
    updatedAt,
    ...(isDisabledNow && { tokensValidFrom: secondAfter(updatedAt, before.tokensValidFrom) }),
  };
}

/** The second after both. */
function secondAfter(time: EpochSeconds, other: EpochSeconds | null): EpochSeconds {
  return secondsAfter(asEpochSeconds(Math.max(time, other ?? 0)), 1);
}
