import type { ClientField } from './client.ts';

/** Every way in which the registry refuses, and when. Each face maps all of them to its own wire. */
export const registryErrors = {
  not_found: 'No client has this id, or the caller may not see it.',
  invalid: 'The client as it would be breaks rules; all of them are reported together.',
  forbidden: 'The caller may see the client, but may not make this change.',
  protected: 'The client is internal: no face changes it, deletes it or shows its secret.',
  conflict: 'The client is no longer at the revision that the caller named.',
  contended: 'Other nodes kept changing the client; the request was not carried out and may be sent again.',
  secret_not_required: 'The client is public: it has no secret to regenerate.',
  secret_not_found: 'The client has no such secret.',
  secret_not_kept: 'The server keeps verifiers of secrets alone, so it cannot show one.',
  secrets_full: 'The client has as many live secrets as it may have.',
  keys_full:
    'The client has as many former key pairs as it may have; each goes once everything that it signed has expired.',
  busy: 'Too many key pairs are being made at once; the request was not carried out and may be sent again.',
  signer_unavailable:
    'The remote signer, which holds keys of this type, did not do its work; nothing was changed.',
} as const;

/** One of `registryErrors`. */
export type RegistryErrorCode = keyof typeof registryErrors;

/** A broken rule. */
export interface Violation {
  readonly rule: string;
  readonly field: ClientField | 'secret';
  /** For the caller; begins in lower case, so that it can follow the field's name. */
  readonly message: string;
}

/** The registry refused. Nothing was changed. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError';
  readonly code: RegistryErrorCode;
  /** What was wrong; empty unless `code` is `invalid`. */
  readonly violations: readonly Violation[];

  /** @param message for the caller; default: the text of `registryErrors` */
  constructor(
    code: RegistryErrorCode,
    message: string = registryErrors[code],
    violations: readonly Violation[] = [],
  ) {
    super(message);
    this.code = code;
    this.violations = violations;
  }
}

/** Refuses with every violation at once. */
export function invalid(violations: readonly Violation[]): RegistryError {
  const text = violations.map(({ field, message }) => `${field}: ${message}`).join('; ');
  return new RegistryError('invalid', text, violations);
}
