import type { Client } from '../../clients/client.ts';
import type { AuditEvent, AuditOf } from '../../kernel/audit.ts';
import type { Clock } from '../../kernel/clock.ts';
import { orderedUuid } from '../../kernel/random.ts';
import { untilSettled } from '../../kernel/until-settled.ts';
import { OAuthError } from '../errors.ts';
import { type AllowedByPerson, askedBy, type Consent, type ConsentStore, covers, merge } from './consent.ts';

/** What is allowed now. */
export interface Allowance {
  readonly client: Pick<Client, 'id'>;
  readonly accountId: string;
  readonly asked: AllowedByPerson;
  /** Makes the audit entry of it. Absent: it is allowed without the person, and leaves none. */
  readonly audit?: AuditOf;
}

/** What people have allowed clients. */
export interface Consents {
  /**
   * Adds to what a person has allowed a client; what several requests add at once is all kept. `gone`: the client or the account was deleted.
   * @throws OAuthError `temporarily_unavailable` when others change it all the time
   */
  readonly allow: (allowance: Allowance) => Promise<Consent | 'gone'>;
  readonly covers: typeof covers;
  readonly askedBy: typeof askedBy;
}

/** Makes them. */
export function createConsents({
  store,
  clock,
}: {
  readonly store: Pick<ConsentStore, 'find' | 'insert' | 'replace'>;
  readonly clock: Clock;
}): Consents {
  const begin = async ({
    client,
    accountId,
    asked,
    audit,
  }: Allowance): Promise<Consent | 'conflict' | 'gone'> => {
    const now = clock.now();
    const consent: Consent = {
      id: orderedUuid(),
      clientId: client.id,
      accountId,
      revision: 1,
      allowed: asked,
      createdAt: now,
      lastUsedAt: now,
    };
    const outcome = await store.insert(consent, entriesOf(null, consent, audit));
    if (outcome === 'gone') return outcome;
    return outcome === 'inserted' ? consent : 'conflict';
  };

  const extend = async (
    found: Consent,
    { asked, audit }: Pick<Allowance, 'asked' | 'audit'>,
  ): Promise<Consent | 'conflict'> => {
    if (covers(found, asked)) return found;
    const consent = {
      ...found,
      revision: found.revision + 1,
      allowed: merge(found.allowed, asked),
      lastUsedAt: clock.now(),
    };
    const outcome = await store.replace(consent, entriesOf(found, consent, audit));
    return outcome === 'replaced' ? consent : outcome;
  };

  return {
    covers,
    askedBy,
    async allow(allowance) {
      const { client, accountId } = allowance;
      const outcome = await untilSettled(async () => {
        const found = await store.find(client.id, accountId);
        return found ? extend(found, allowance) : begin(allowance);
      });
      if (outcome === 'conflict')
        throw new OAuthError('temporarily_unavailable', 'The server is busy; try again.');
      return outcome;
    },
  };
}

/** Which client it is, and of what is allowed all that has grown. */
function entriesOf(
  before: Consent | null,
  { id, clientId, allowed }: Consent,
  audit: AuditOf | undefined,
): readonly AuditEvent[] {
  if (audit === undefined) return [];
  const fields = Object.keys(allowed) as (keyof AllowedByPerson)[];
  const grown = fields
    .map((field) => ({ field, before: before?.allowed[field] ?? [], after: allowed[field] }))
    .filter((change) => change.before.length < change.after.length);
  const client = { field: 'clientId', before: before?.clientId ?? null, after: clientId };
  return [{ ...audit('authorisation.given', id), changes: [client, ...grown] }];
}
