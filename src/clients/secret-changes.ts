import type { AuditEvent } from '../kernel/audit.ts';
import type { Clock } from '../kernel/clock.ts';
import { RegistryError } from './errors.ts';
import { auditEntry, type ClientRequest } from './request.ts';
import type { ClientSecret } from './secret.ts';
import type { ClientStore, SecretsUpdate, StoredClient } from './store.ts';

/** Changes of a client's secrets, each one write. `conflict`: the record moved on. */
export interface SecretChanges {
  /** @throws RegistryError `secret_not_found`, `secrets_full` */
  readonly change: (
    request: ClientRequest,
    stored: StoredClient,
    what: Pick<SecretsUpdate, 'revoke' | 'add'> & Pick<AuditEvent, 'action'>,
  ) => Promise<'done' | 'conflict'>;
  /** Ends all secrets and leaves `secret`. */
  readonly swap: (
    request: ClientRequest,
    stored: StoredClient,
    secret: ClientSecret,
  ) => Promise<'done' | 'conflict'>;
}

/** The most live secrets of a client. */
const mostSecrets = 10;

/** Makes the changes. */
export function createSecretChanges({
  store,
  clock,
}: {
  readonly store: Pick<ClientStore, 'updateSecrets'>;
  readonly clock: Clock;
}): SecretChanges {
  const change: SecretChanges['change'] = async (request, { client, secrets }, { revoke, add, action }) => {
    const revoked = secrets.filter(({ id }) => revoke === 'all' || revoke.includes(id));
    const outcome = await store.updateSecrets({
      clientId: client.id,
      revision: client.revision,
      revoke,
      add,
      limit: mostSecrets,
      audit: auditEntry(request, clock.now(), {
        action,
        targetId: client.id,
        changes: [{ field: 'secrets', before: idsOf(revoked), after: idsOf(add) }],
      }),
    });
    if (outcome === 'absent') throw new RegistryError('secret_not_found');
    if (outcome === 'full') throw new RegistryError('secrets_full');
    return outcome === 'conflict' ? outcome : 'done';
  };

  return {
    change,
    swap: (request, stored, secret) =>
      change(request, stored, { revoke: 'all', add: [secret], action: 'client.secret-regenerated' }),
  };
}

/** Of a secret an audit entry says no more than its id. */
function idsOf(secrets: readonly ClientSecret[]): readonly string[] {
  return secrets.map(({ id }) => id);
}
