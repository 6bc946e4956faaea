import { managementScopes } from '../applications/scope.ts';
import { RegistryError } from '../clients/errors.ts';
import type { ClientPatch } from '../clients/patch.ts';
import type { Registry } from '../clients/registry.ts';
import type { NewSecret } from '../clients/rules/secrets.ts';
import type { SettingsStore } from '../config/settings-store.ts';
import { orderedUuid } from '../kernel/random.ts';
import { StartError } from '../kernel/start-error.ts';
import type { AppliedDeclarations } from './applied-declarations.ts';
import { startRequest } from './start-request.ts';

/** The first client: what an operator administers a fresh server with. */
export interface BootstrapClient {
  readonly id: string;
  /** In clear only when it was made by this call. */
  readonly secret: string | null;
}

/** What the work on the bootstrap client needs. */
export interface BootstrapDependencies {
  readonly registry: Registry;
  readonly settings: SettingsStore;
}

const settingKey = 'bootstrap-client-id';
const appliedName = 'bootstrap-client';

/** Internal, and with every management scope: whoever holds its secret administers the server. */
const record: ClientPatch = {
  name: 'Bootstrap',
  description: 'Administers this server. Made at the first start.',
  internal: true,
  grantTypes: ['client_credentials', 'introspect', 'revoke'],
  tokenEndpointAuthMethods: ['client_secret_basic', 'client_secret_post'],
  allowedScopes: managementScopes,
  accessTokenFormat: 'jwt',
};

/**
 * Brings the bootstrap client to what the operator chose: a changed id or secret replaces the old one, one that was applied
 * before is not applied again (a rotated secret stays), and what was not chosen is generated once. `announce` is told a
 * generated secret before it is stored, so that none is lost by a crash in between.
 * @throws StartError when the chosen id is, or ever was, another client's
 */
export async function ensureBootstrapClient(
  deps: BootstrapDependencies & { readonly applied: AppliedDeclarations },
  chosen: { readonly id: string | null; readonly secret: string | null },
  generate: () => string,
  announce: (client: BootstrapClient) => Promise<void>,
): Promise<BootstrapClient> {
  const { registry, settings, applied } = deps;
  const known = await settings.getOrInsert(settingKey, chosen.id ?? orderedUuid());
  const id = chosen.id ?? known;
  if (id !== known) await refuseForeign(registry, id);
  const isNew = !(await isRegistered(registry, id));
  const made: BootstrapClient = { id, secret: isNew && chosen.secret === null ? generate() : null };
  if (made.secret !== null) await announce(made);
  const last = await applied.read(appliedName);
  const isApplied = chosen.secret === null ? !last?.secret : applied.isSame(last, chosen.secret);
  await bring(registry, id, made.secret ?? (isApplied && !isNew ? null : chosen.secret));
  if (!isApplied) await applied.write(appliedName, { fields: {}, secret: chosen.secret });
  if (id !== known) {
    // The old client goes before it is forgotten: a crash in between must not leave it in force.
    if (await isRegistered(registry, known)) await registry.remove({ ...startRequest, id: known });
    await settings.set(settingKey, id);
  }
  return made;
}

/**
 * Replaces the bootstrap client's secret. `announce` is told before anything is changed; what it answers is answered.
 * @throws StartError when no server was started yet
 */
export async function rotateBootstrapSecret<Announced>(
  deps: BootstrapDependencies,
  secret: string,
  announce: (client: BootstrapClient) => Promise<Announced>,
): Promise<Announced> {
  const id = await deps.settings.get(settingKey);
  if (id === undefined) throw new StartError('There is no bootstrap client yet: start the server once.');
  const announced = await announce({ id, secret });
  await deps.registry.replaceSecrets({ ...startRequest, face: 'cli', id, secret: { chosen: secret } });
  return announced;
}

async function bring(registry: Registry, id: string, secret: string | null): Promise<void> {
  const chosen = secret === null ? undefined : { chosen: secret };
  if (!(await isRegistered(registry, id))) {
    await create(registry, id, chosen);
    return;
  }
  await registry.update({ ...startRequest, id, patch: () => record });
  if (chosen) await registry.replaceSecrets({ ...startRequest, id, secret: chosen });
}

async function create(registry: Registry, id: string, secret: NewSecret | undefined): Promise<void> {
  try {
    await registry.create({ ...startRequest, id, patch: () => record, ...(secret && { secret }) });
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    throw new StartError(`bootstrap client ${id}: ${error.message}`, { cause: error });
  }
}

/** A client that this server made for its operator is internal; one that is not belongs to somebody, and stays theirs. */
async function refuseForeign(registry: Registry, id: string): Promise<void> {
  const [client] = await registry.findPublic([id]);
  if (client && !client.internal) throw new StartError(`bootstrap client ${id}: the id is another client's`);
}

async function isRegistered(registry: Registry, id: string): Promise<boolean> {
  return (await registry.findPublic([id])).length > 0;
}
