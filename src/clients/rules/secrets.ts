import type { Face } from '../../kernel/audit.ts';
import type { Violation } from '../errors.ts';
import type { SecretKeeper } from '../secret.ts';
import { chosenSecretFault } from '../secret-text.ts';

/**
 * A secret to be set: made by the registry; chosen by the caller (8 to 1024 visible ASCII characters or spaces); or one that
 * another server has kept the hash of, until it is first used here.
 */
export type NewSecret = 'generate' | { readonly chosen: string } | { readonly imported: string };

/** What a dialect documents of the length of a chosen secret, in characters. */
const lengths: Readonly<Partial<Record<Face, readonly [number, number]>>> = { 'clients-api': [64, 255] };

/** What is wrong with a secret that a request sets. Nothing, where it sets none. */
export function secretViolations(
  secret: NewSecret | undefined,
  face: Face,
  { importFault }: Pick<SecretKeeper, 'importFault'>,
): readonly Violation[] {
  if (secret === undefined || secret === 'generate') return [];
  const message = 'imported' in secret ? importFault(secret.imported) : chosenFault(secret.chosen, face);
  return message === undefined ? [] : [{ rule: 'secret-is-usable', field: 'secret', message }];
}

function chosenFault(text: string, face: Face): string | undefined {
  const length = lengths[face];
  if (length === undefined) return chosenSecretFault(text);
  const [shortest, longest] = length;
  const isUsable = text.length >= shortest && text.length <= longest && chosenSecretFault(text) === undefined;
  return isUsable ? undefined : `must be ${shortest} to ${longest} printable ASCII characters`;
}
