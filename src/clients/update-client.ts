import type { FieldChange } from '../kernel/audit.ts';
import type { Client } from './client.ts';
import type { ClientWithSecret } from './client-secrets.ts';
import { discloseTo } from './disclosure.ts';
import type { Violation } from './errors.ts';
import type { Judgement } from './judge.ts';
import { type KeyInHand, keyRefusal } from './key-in-hand.ts';
import type { Renewal } from './key-pair.ts';
import type { Verdict } from './key-renewal.ts';
import { type ClientPatch, describeChange } from './patch.ts';
import type { Registry } from './registry.ts';
import type { RegistryParts } from './registry-parts.ts';
import { auditEntry, type ClientRequest } from './request.ts';
import type { Disclosure, MadeSecret } from './secret-texts.ts';
import type { LogoImage, StoredClient } from './store.ts';

/** A change of one client. */
export interface UpdateRequest extends ClientRequest {
  /** Asked for the change anew whenever another write came first, so that none is lost. */
  readonly patch: (current: Client) => ClientPatch;
  /** What the face finds wrong with the request itself: reported together with the rules that it breaks. */
  readonly faults?: (current: Client) => readonly Violation[];
  readonly image?: LogoImage;
  /** Takes the place of all secrets, with the record or not at all; the newest live one itself changes nothing. */
  readonly secret?: { readonly chosen: string };
  readonly renew?: Renewal;
}

/** Makes `Registry.update` and `Registry.updateAndReveal`. */
export function createUpdate(parts: RegistryParts): Pick<Registry, 'update' | 'updateAndReveal'> {
  const { access, judge, secrets, withKeyInHand } = parts;

  const settle = (
    request: UpdateRequest,
    disclose: (stored: StoredClient, verdict: Verdict) => Promise<Disclosure | undefined>,
  ): Promise<ClientWithSecret> =>
    withKeyInHand((keyInHand) =>
      access.settle(request, async (stored) => {
        const { patch, faults, renew } = request;
        const wanted = otherSecret(parts, request, stored);
        const verdict = await judge.revise(request, stored.client, {
          patch: patch(stored.client),
          keyInHand,
          secretOctets: () => secrets.octetsOf(wanted, stored),
          ...(wanted && { secret: wanted }),
          ...(renew && { renew }),
          ...(faults && { faults: faults(stored.client) }),
        });
        const made = wanted && secrets.make(request.id, wanted, request.actor.subject);
        const disclosure = made ? undefined : await disclose(stored, verdict);
        const outcome = await write(parts, { request, stored, verdict, keyInHand, made, disclosure });
        if (outcome === 'conflict') return outcome;
        return { client: verdict.client, secret: made?.text ?? disclosure?.text ?? null };
      }),
    );

  return {
    update: async (request) => (await settle(request, async () => undefined)).client,
    updateAndReveal: (request) =>
      // Who changes a client may use its secrets; who writes back what was read, perhaps not.
      settle(request, async (stored, { client }) =>
        client === stored.client ? discloseTo(parts, request, stored) : secrets.disclose(request, stored),
      ),
  };
}

/** The secret that takes the place of all others; undefined when none does. What a face has shown is no change, however short. */
function otherSecret(
  { secrets }: RegistryParts,
  { secret }: UpdateRequest,
  stored: StoredClient,
): UpdateRequest['secret'] {
  return secret && !secrets.isNewestSecret(stored, secret.chosen) ? secret : undefined;
}

interface Change {
  readonly request: UpdateRequest;
  readonly stored: StoredClient;
  readonly verdict: Judgement;
  readonly keyInHand: KeyInHand;
  readonly made: MadeSecret | undefined;
  readonly disclosure: Disclosure | undefined;
}

/** One write, whatever the change is made of. */
async function write(parts: RegistryParts, change: Change): Promise<'done' | 'conflict'> {
  const { store, secrets } = parts;
  const { request, stored, verdict, keyInHand, made, disclosure } = change;
  const { client, key, scopesRevision } = verdict;
  if (client === stored.client) {
    if (made) return secrets.swap(request, stored, made.secret);
    if (disclosure) await store.appendAudit(disclosure.reading);
    return 'done';
  }
  const outcome = await store.update({
    client,
    audit: auditEntry(request, parts.clock.now(), {
      action: 'client.updated',
      targetId: client.id,
      changes: [...describeChange(stored.client, client), ...secretsChange(stored, made)],
    }),
    ...(request.image && { image: request.image }),
    ...(key !== undefined && { key }),
    ...(scopesRevision !== undefined && { scopesRevision }),
    ...(made && { secret: made.secret }),
    ...(disclosure && { reading: disclosure.reading }),
  });
  if (outcome === 'conflict') return outcome;
  if (outcome !== 'updated') throw keyRefusal(outcome);
  if (key) keyInHand.letGo();
  return 'done';
}

function secretsChange({ secrets }: StoredClient, made: MadeSecret | undefined): readonly FieldChange[] {
  if (!made) return [];
  return [{ field: 'secrets', before: secrets.map(({ id }) => id), after: [made.secret.id] }];
}
