import { orderedUuid } from '../kernel/random.ts';
import { untilSettled } from '../kernel/until-settled.ts';
import type { Client } from './client.ts';
import type { ClientWithSecret } from './client-secrets.ts';
import { invalid, RegistryError, type Violation } from './errors.ts';
import { type KeyInHand, keyRefusal } from './key-in-hand.ts';
import { type ClientPatch, describeChange } from './patch.ts';
import type { Registry } from './registry.ts';
import type { RegistryParts } from './registry-parts.ts';
import { auditEntry, type Request } from './request.ts';
import type { NewSecret } from './rules/secrets.ts';

/** A new client: `patch` over the defaults. */
export interface CreateRequest extends Request {
  /** Chosen by the caller, never used before. Default: a new one. */
  readonly id?: string;
  readonly patch: (blank: Client) => ClientPatch;
  /** What the face finds wrong with the request itself: reported together with the rules that it breaks. */
  readonly faults?: (blank: Client) => readonly Violation[];
  readonly secret?: NewSecret;
}

const idIsTaken: Violation = {
  rule: 'id-was-never-used',
  field: 'id',
  message: 'has already been taken',
};

/** Makes `Registry.create`. A provider that goes, or scopes that change, between the judgement and the write make the judgement void. */
export function createCreate(parts: RegistryParts): Registry['create'] {
  return (request) =>
    parts.withKeyInHand(async (keyInHand) => {
      const id = request.id ?? orderedUuid();
      const result = await untilSettled(() => attempt(parts, request, { id, keyInHand }));
      if (result === 'conflict') throw new RegistryError('contended');
      return result;
    });
}

/** The insertion decides; what is known before spares the making of a key. */
async function faultsOfId({ store }: RegistryParts, { id }: CreateRequest): Promise<readonly Violation[]> {
  return id !== undefined && (await store.wasClient(id)) ? [idIsTaken] : [];
}

async function attempt(
  parts: RegistryParts,
  request: CreateRequest,
  { id, keyInHand }: { readonly id: string; readonly keyInHand: KeyInHand },
): Promise<ClientWithSecret | 'conflict'> {
  const { store, clock, judge, secrets } = parts;
  const { secret: wanted } = request;
  const faultsBefore = await faultsOfId(parts, request);
  const { client, key, scopesRevision } = await judge.found(request, id, (blank) => ({
    patch: request.patch(blank),
    secretOctets: () => secrets.octetsOf(wanted),
    keyInHand,
    ...(wanted && { secret: wanted }),
    faults: [...faultsBefore, ...(request.faults?.(blank) ?? [])],
  }));
  const made = wanted && secrets.make(id, wanted, request.actor.subject);
  const outcome = await store.insert({
    client,
    secrets: made ? [made.secret] : [],
    ...(key && { key }),
    ...(scopesRevision !== undefined && { scopesRevision }),
    audit: auditEntry(request, clock.now(), {
      action: 'client.created',
      targetId: client.id,
      changes: describeChange(null, client),
    }),
  });
  if (outcome === 'conflict') return outcome;
  if (outcome === 'taken') throw invalid([idIsTaken]);
  if (outcome === 'duplicate') throw keyRefusal(outcome);
  if (key) keyInHand.letGo();
  return { client, secret: made?.text ?? null };
}
