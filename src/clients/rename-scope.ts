import type { AllowedScopes } from './allowed-scopes.ts';
import type { Client } from './client.ts';
import { RegistryError } from './errors.ts';
import { operator } from './policy.ts';
import type { Registry } from './registry.ts';
import type { RegistryParts } from './registry-parts.ts';

/**
 * Makes `Registry.renameScope`: `update` of every record that names the scope, one after the other. What people have allowed does not
 * get the other name: they have not read it.
 */
export function createRenameScope(
  { store, allowedScopes }: Pick<RegistryParts, 'store'> & { readonly allowedScopes: AllowedScopes },
  update: Registry['update'],
): Registry['renameScope'] {
  return async (request, from, to) => {
    const actor = { ...operator, subject: request.actor.subject };
    const renamed = (names: readonly string[]) => [
      ...new Set(names.flatMap((name) => (name === from ? (to ?? []) : name))),
    ];
    const refusals: RegistryError[] = [];
    for (const id of await store.namingScope(from)) {
      const patch = ({ allowedScopes, authorizedScopes }: Client) => ({
        allowedScopes: allowedScopes && renamed(allowedScopes),
        authorizedScopes: renamed(authorizedScopes),
      });
      const refusal = await update({ ...request, actor, id, patch }).then(() => undefined, refusalOf);
      if (refusal?.code === 'invalid') refusals.push(refusal);
      else if (refusal && refusal.code !== 'not_found') throw refusal;
    }
    await allowedScopes.forget(from);
    if (refusals[0]) throw refusals[0];
  };
}

function refusalOf(error: unknown): RegistryError {
  if (error instanceof RegistryError) return error;
  throw error;
}
