import type { KeyedVerifier, SecretKeeper } from '../clients/secret.ts';
import type { SettingsStore } from '../config/settings-store.ts';
import type { JsonObject } from '../kernel/encoding.ts';

/** What the operator last declared of a thing, as it was applied. A secret is known by its verifier alone. */
export interface AppliedDeclaration {
  readonly fields: JsonObject;
  readonly secret: KeyedVerifier | null;
}

/**
 * Remembers what of the operator's file and environment was applied, so that each value is applied once: when it is new or has
 * changed. What was changed since through another face stays, and a secret that was replaced there does not come back.
 */
export interface AppliedDeclarations {
  /** Undefined: nothing was ever applied under `name`. */
  readonly read: (name: string) => Promise<AppliedDeclaration | undefined>;
  readonly write: (
    name: string,
    declared: { readonly fields: JsonObject; readonly secret: string | null },
  ) => Promise<void>;
  /** Takes a scope out of what was applied under `name`, as it was taken out of the record: where it is declared, it is applied anew. */
  readonly dropScope: (name: string, scope: string) => Promise<void>;
  /** Whether `secret` is the one that was applied. */
  readonly isSame: (applied: AppliedDeclaration | undefined, secret: string) => boolean;
}

/** Makes the memory, kept in the settings. */
export function createAppliedDeclarations(deps: {
  readonly settings: SettingsStore;
  readonly secretKeeper: Pick<SecretKeeper, 'makeVerifier' | 'matches'>;
}): AppliedDeclarations {
  const { settings, secretKeeper } = deps;
  const keyOf = (name: string): string => `applied/${name}`;
  const read: AppliedDeclarations['read'] = async (name) => {
    const text = await settings.get(keyOf(name));
    return text === undefined ? undefined : (JSON.parse(text) as AppliedDeclaration);
  };
  return {
    read,
    write: async (name, { fields, secret }) => {
      const applied: AppliedDeclaration = {
        fields,
        secret: secret === null ? null : secretKeeper.makeVerifier(secret),
      };
      await settings.set(keyOf(name), JSON.stringify(applied));
    },
    dropScope: async (name, scope) => {
      const applied = await read(name);
      if (applied === undefined) return;
      const fields = { ...applied.fields, ...scopesWithout(scope, applied.fields) };
      await settings.set(keyOf(name), JSON.stringify({ ...applied, fields }));
    },
    isSame: (applied, secret) => applied?.secret != null && secretKeeper.matches(secret, applied.secret),
  };
}

function scopesWithout(scope: string, fields: JsonObject): JsonObject {
  const lists = (['allowedScopes', 'authorizedScopes'] as const).flatMap((field) => {
    const names = fields[field];
    return Array.isArray(names) ? [[field, names.filter((name) => name !== scope)] as const] : [];
  });
  return Object.fromEntries(lists);
}
