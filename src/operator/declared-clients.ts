import { isDeepStrictEqual } from 'node:util';
import { RegistryError } from '../clients/errors.ts';
import type { ClientPatch } from '../clients/patch.ts';
import { parseClientPatch } from '../clients/record-schema.ts';
import type { Registry } from '../clients/registry.ts';
import type { NewSecret } from '../clients/rules/secrets.ts';
import type { ClientDeclaration } from '../config/declarations.ts';
import { ConfigurationError, type ConfigurationFault } from '../config/faults.ts';
import type { Logger } from '../kernel/logger.ts';
import type { AppliedDeclarations } from './applied-declarations.ts';
import { startRequest } from './start-request.ts';

/** Tells the id of an account that is named by user name or id; undefined: there is none. */
export type AccountIdOf = (reference: string) => Promise<string | undefined>;

/** What declaring clients needs. */
export interface DeclareClientsDependencies {
  readonly registry: Registry;
  readonly applied: AppliedDeclarations;
  readonly logger: Logger;
  readonly accountIdOf: AccountIdOf;
}

/**
 * Brings the clients of the operator's file into force: a new one is registered; of one that was declared before, the values
 * that changed in the file since are applied, and nothing else. So what another face has changed stays, and a client that was
 * deleted there is not registered again.
 *
 * Delegators are set once every client is there, since they must exist and may name one another in any order.
 * @throws ConfigurationError naming every client that the registry refuses, and why; the others are in force
 */
export async function declareClients(
  deps: DeclareClientsDependencies,
  declarations: readonly ClientDeclaration[],
): Promise<void> {
  const faults: ConfigurationFault[] = [];
  /** Those of `entries` for which `step` succeeds, as what it makes of them. */
  const each = async <Entry extends { readonly id: string }, Made>(
    entries: readonly Entry[],
    step: (entry: Entry) => Promise<Made>,
  ): Promise<readonly Made[]> => {
    const made: Made[] = [];
    for (const entry of entries) {
      try {
        made.push(await step(entry));
      } catch (error) {
        if (!(error instanceof RegistryError)) throw error;
        faults.push(...faultsOf(entry.id, error));
      }
    }
    return made;
  };

  const wanted = await each(declarations, (declaration) => readDeclaration(deps, declaration));
  const registered = await each(wanted, async (client) => ({
    ...client,
    isRegistered: client.isRegistered || (await register(deps, client)),
  }));
  await each(registered, (client) => apply(deps, client));
  if (faults.length > 0) throw new ConfigurationError(faults);
}

function faultsOf(id: string, { violations, message }: RegistryError): readonly ConfigurationFault[] {
  if (violations.length === 0) return [{ where: `client ${id}`, message }];
  return violations.map((violation) => ({
    where: `client ${id}: ${violation.field}`,
    message: violation.message,
  }));
}

interface DeclaredClient {
  readonly id: string;
  readonly declaration: ClientDeclaration;
  /** What changed in the file since it was last applied. */
  readonly patch: ClientPatch;
  /** A secret that changed in the file. */
  readonly secret: string | null;
  readonly wasApplied: boolean;
  readonly isRegistered: boolean;
}

async function readDeclaration(
  { registry, applied: memory, accountIdOf }: DeclareClientsDependencies,
  declaration: ClientDeclaration,
): Promise<DeclaredClient> {
  const { id, secret, fields } = declaration;
  const applied = await memory.read(id);
  const changed = Object.entries(fields).filter(
    ([name, value]) => !applied || !isDeepStrictEqual(applied.fields[name], value),
  );
  const patch = parseClientPatch(Object.fromEntries(changed));
  const { clientCredentialsSubject: subject } = patch;
  return {
    id,
    declaration,
    // An unknown name stays as it is, for the rule to refuse it together with whatever else is wrong.
    patch:
      typeof subject === 'string'
        ? { ...patch, clientCredentialsSubject: (await accountIdOf(subject)) ?? subject }
        : patch,
    secret: secret !== null && memory.isSame(applied, secret) ? null : secret,
    wasApplied: applied !== undefined,
    isRegistered: (await registry.findPublic([id])).length > 0,
  };
}

/** Registers a client that was never declared before; answers whether it is registered now. */
async function register(deps: DeclareClientsDependencies, client: DeclaredClient): Promise<boolean> {
  const { id, declaration, patch, wasApplied } = client;
  if (wasApplied) {
    deps.logger.warn(
      { clientId: id },
      'a declared client was deleted through another face; it stays deleted',
    );
    return false;
  }
  const { allowedDelegators: _, ...alone } = patch;
  const secret = firstSecretOf(declaration);
  await deps.registry.create({ ...startRequest, id, patch: () => alone, ...(secret && { secret }) });
  return true;
}

function firstSecretOf({ secret, secretHash }: ClientDeclaration): NewSecret | undefined {
  if (secretHash !== null) return { imported: secretHash };
  return secret === null ? undefined : { chosen: secret };
}

async function apply(
  { registry, applied, logger }: DeclareClientsDependencies,
  { id, declaration, patch, secret, wasApplied, isRegistered }: DeclaredClient,
): Promise<void> {
  if (!isRegistered) return;
  const fields = Object.keys(patch);
  if (fields.length > 0) await registry.update({ ...startRequest, id, patch: () => patch });
  if (secret !== null) await registry.replaceSecrets({ ...startRequest, id, secret: { chosen: secret } });
  if (wasApplied && fields.length === 0 && secret === null) return;
  await applied.write(id, declaration);
  logger.info({ clientId: id, fields, secret: secret !== null }, 'a declared client was brought to the file');
}
