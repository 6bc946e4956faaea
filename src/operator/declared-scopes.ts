import type { Scopes } from '../applications/scopes.ts';
import { RegistryError } from '../clients/errors.ts';
import { scopesNamedBy } from '../clients/references.ts';
import type { Registry } from '../clients/registry.ts';
import type { ClientDeclaration } from '../config/declarations.ts';
import { ConfigurationError, type ConfigurationFault } from '../config/faults.ts';
import type { SettingsStore } from '../config/settings-store.ts';
import type { Logger } from '../kernel/logger.ts';
import type { AppliedDeclarations } from './applied-declarations.ts';
import { startRequest } from './start-request.ts';

/** What declaring scopes needs. */
export interface DeclareScopesDependencies {
  readonly scopes: Pick<Scopes, 'list' | 'hidden'>;
  readonly registry: Pick<Registry, 'renameScope' | 'list'>;
  readonly settings: SettingsStore;
  readonly applied: Pick<AppliedDeclarations, 'dropScope'>;
  readonly logger: Logger;
}

/** The names that were built in or declared at the last start, as a JSON array. */
const settingKey = 'fixed-scopes';

/**
 * Brings the built-in scopes and those of the operator's file into force, before anything is given to clients: a name that means
 * another scope than at the last start is taken out of every record, and of what was applied of `clients`, so that a
 * client has the scope only when it is given it from now on. A name that means nothing any more stays: it opens nothing.
 *
 * Where no start was remembered, every client got its scopes by what they mean now, as far as anybody can tell: none is taken.
 * @throws ConfigurationError naming every scope that a client would keep, since the rules refuse to change its record
 */
export async function declareScopes(
  deps: DeclareScopesDependencies,
  clients: readonly ClientDeclaration[],
): Promise<void> {
  const { scopes, settings, logger } = deps;
  for (const { id, name } of await scopes.hidden()) {
    logger.warn({ id, name }, 'a registered scope is not in force: a declared or built-in one has its name');
  }
  const entries = await scopes.list();
  const last = await settings.get(settingKey);
  if (last !== undefined) {
    const wasFixed = new Set(JSON.parse(last) as readonly string[]);
    const renewed = entries.filter(({ name, isFixed }) => isFixed !== wasFixed.has(name));
    await takeFromAll(
      deps,
      renewed.map(({ name }) => name),
      clients,
    );
  }
  const fixed = entries.filter(({ isFixed }) => isFixed).map(({ name }) => name);
  await settings.set(settingKey, JSON.stringify(fixed));
}

async function takeFromAll(
  { registry, applied, logger }: DeclareScopesDependencies,
  names: readonly string[],
  clients: readonly ClientDeclaration[],
): Promise<void> {
  const faults: ConfigurationFault[] = [];
  for (const name of names) {
    try {
      await registry.renameScope(startRequest, name, null);
      for (const { id } of clients) await applied.dropScope(id, name);
      logger.info({ name }, 'a scope came into force; no client has it from before');
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      const holders = (await registry.list(startRequest)).filter((client) =>
        scopesNamedBy(client).includes(name),
      );
      const ids = holders.map(({ id }) => id).join(', ');
      faults.push({ where: `scope ${name}`, message: `cannot be taken from ${ids}: ${error.message}` });
    }
  }
  if (faults.length > 0) throw new ConfigurationError(faults);
}
