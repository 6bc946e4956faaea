import { RegistryError } from './errors.ts';
import type { RegistryParts } from './registry-parts.ts';
import type { ClientRequest } from './request.ts';
import type { Disclosure } from './secret-texts.ts';
import type { StoredClient } from './store.ts';

/** The newest live secret for who may use the client's secrets; undefined for others, and where none is kept. */
export async function discloseTo(
  { judge, secrets }: Pick<RegistryParts, 'judge' | 'secrets'>,
  request: ClientRequest,
  stored: StoredClient,
): Promise<Disclosure | undefined> {
  try {
    await judge.admit(request, stored.client, 'use-secrets');
  } catch (error) {
    if (error instanceof RegistryError) return undefined;
    throw error;
  }
  return secrets.disclose(request, stored);
}
