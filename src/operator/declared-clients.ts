import type { NewSecret } from '../clients/client-secrets.ts';
import { RegistryError } from '../clients/errors.ts';
import type { ClientPatch } from '../clients/patch.ts';
import { operator } from '../clients/policy.ts';
import { parseClientPatch } from '../clients/record-schema.ts';
import type { Registry } from '../clients/registry.ts';
import type { ClientDeclaration } from '../config/declarations.ts';
import { StartError } from '../kernel/start-error.ts';

const request = { actor: operator, face: 'configuration', requestId: 'start' } as const;

/** Tells the id of an account that is named by user name or id; undefined: there is none. */
export type AccountIdOf = (reference: string) => Promise<string | undefined>;

/**
 * Brings the clients that the operator's file declares to what it says: they are created, or changed in the fields that the
 * file names; what it leaves out stays. A declared client that is as declared already causes no write.
 *
 * Delegators are set once every client is there, since they must exist and may name one another in any order.
 * @throws StartError naming every client that the registry refuses, and why; the others are in force
 */
export async function declareClients(
  registry: Registry,
  declarations: readonly ClientDeclaration[],
  accountIdOf: AccountIdOf,
): Promise<void> {
  const faults: string[] = [];
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
        faults.push(`client ${entry.id}: ${error.message}`);
      }
    }
    return made;
  };

  const declared = await each(declarations, (declaration) => readDeclaration(declaration, accountIdOf));
  const registered = await each(declared, async (client) => {
    await registerMissing(registry, client);
    return client;
  });
  await each(registered, (client) => bringToDeclared(registry, client));
  if (faults.length > 0) throw new StartError(faults.join('\n'));
}

interface DeclaredClient {
  readonly id: string;
  readonly patch: ClientPatch;
  readonly secret: { readonly chosen: string } | undefined;
  /** What the client begins with. */
  readonly firstSecret: NewSecret | undefined;
}

async function readDeclaration(
  { id, secret, secretHash, fields }: ClientDeclaration,
  accountIdOf: AccountIdOf,
): Promise<DeclaredClient> {
  const patch = parseClientPatch(fields);
  const { clientCredentialsSubject: subject } = patch;
  const chosen = secret === null ? undefined : { chosen: secret };
  return {
    id,
    // An unknown name stays as it is, for the rule to refuse it together with whatever else is wrong.
    patch:
      typeof subject === 'string'
        ? { ...patch, clientCredentialsSubject: (await accountIdOf(subject)) ?? subject }
        : patch,
    secret: chosen,
    firstSecret: secretHash === null ? chosen : { imported: secretHash },
  };
}

async function registerMissing(
  registry: Registry,
  { id, patch, firstSecret: secret }: DeclaredClient,
): Promise<void> {
  if ((await registry.findPublic([id])).length > 0) return;
  const { allowedDelegators: _, ...alone } = patch;
  await registry.create({ ...request, id, patch: () => alone, ...(secret && { secret }) });
}

async function bringToDeclared(registry: Registry, { id, patch, secret }: DeclaredClient): Promise<void> {
  await registry.update({ ...request, id, patch: () => patch });
  if (secret) await registry.replaceSecrets({ ...request, id, secret });
}
