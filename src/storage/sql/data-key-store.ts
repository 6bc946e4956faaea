import { totpContext } from '../../accounts/second-factor-store.ts';
import { providerSecretContext } from '../../identity-providers/provider-values.ts';
import { sealingContext as clientKeyContext } from '../../keys/client-key.ts';
import type { DataKeyStore, ResealedText, SealedText } from '../../keys/data-key.ts';
import { sealingContext as keyContext } from '../../keys/key-set.ts';
import { sealingContext as secretContext } from '../../keys/secret-keeper.ts';
import type { Engine } from '../engine.ts';
import type { TotpSecretsTable } from '../people-schema.ts';
import type { ClientKeysTable, ClientSecretsTable, IdentityProvidersTable, KeysTable } from '../schema.ts';
import type { Parameters } from '../statement.ts';
import { createSettingStatements } from './settings-store.ts';

/** The setting that holds the data key. */
export const dataKeySetting = 'data-key';

interface Reseal {
  readonly id: string;
  readonly sealed: string;
  readonly resealed: string;
}

/** The store of the data key, which can seal everything anew. */
export function createDataKeyStore(engine: Engine): DataKeyStore {
  const { load, insert } = createSettingStatements(engine);
  const replace = createReplace(engine);
  const texts = createTextStatements(engine);

  return {
    load: async () => (await engine.read(load({ key: dataKeySetting })))[0]?.value,

    loadTexts: async () => {
      const [keys, clientKeys, secrets, totpSecrets, providerSecrets] = await Promise.all([
        engine.scan(texts.keys({})),
        engine.scan(texts.clientKeys({})),
        engine.scan(texts.secrets({})),
        engine.scan(texts.totpSecrets({})),
        engine.scan(texts.providerSecrets({})),
      ]);
      return [
        ...keys.map(textOfKey),
        ...clientKeys.map(textOfClientKey),
        ...secrets.map(textOfSecret),
        ...totpSecrets.map(textOfTotpSecret),
        ...providerSecrets.map(textOfProviderSecret),
      ];
    },

    insert: (sealed, resealed) =>
      engine.write({
        steps: [
          { run: insert({ key: dataKeySetting, value: sealed }), otherwise: 'conflict' },
          ...resealed.map((text) => ({
            run: texts.reseal[text.kind](rowOf(text)),
            otherwise: 'conflict' as const,
          })),
        ],
        done: 'inserted',
      }),

    replace: (before, after) =>
      engine.write({
        steps: [{ run: replace({ key: dataKeySetting, before, after }), otherwise: 'conflict' }],
        done: 'replaced',
      }),
  };
}

function createReplace({ statement }: Pick<Engine, 'statement'>) {
  return statement(
    (db, args: Parameters<{ readonly key: string; readonly before: string; readonly after: string }>) =>
      db
        .updateTable('settings')
        .set({ value: args.value('after') })
        .where('key', '=', args.value('key'))
        .where('value', '=', args.value('before')),
  );
}

/** Compiles what reads every sealed text, and what writes one anew where it is still what was read. */
function createTextStatements({ statement }: Pick<Engine, 'statement'>) {
  return {
    keys: statement((db) => db.selectFrom('keys').select(['id', 'purpose', 'sealed'])),
    clientKeys: statement((db) =>
      db.selectFrom('client_keys').select(['kid', 'client_id', 'sealed']).where('sealed', 'is not', null),
    ),
    secrets: statement((db) =>
      db.selectFrom('client_secrets').select(['id', 'client_id', 'sealed']).where('sealed', 'is not', null),
    ),
    totpSecrets: statement((db) => db.selectFrom('totp_secrets').select(['account_id', 'sealed'])),
    providerSecrets: statement((db) =>
      db.selectFrom('identity_providers').select(['id', 'sealed']).where('sealed', 'is not', null),
    ),
    reseal: {
      key: statement((db, args: Parameters<Reseal>) =>
        db
          .updateTable('keys')
          .set({ sealed: args.value('resealed') })
          .where('id', '=', args.value('id'))
          .where('sealed', '=', args.value('sealed')),
      ),
      'client-key': statement((db, args: Parameters<Reseal>) =>
        db
          .updateTable('client_keys')
          .set({ sealed: args.value('resealed') })
          .where('kid', '=', args.value('id'))
          .where('sealed', '=', args.value('sealed')),
      ),
      'client-secret': statement((db, args: Parameters<Reseal>) =>
        db
          .updateTable('client_secrets')
          .set({ sealed: args.value('resealed') })
          .where('id', '=', args.value('id'))
          .where('sealed', '=', args.value('sealed')),
      ),
      'provider-secret': statement((db, args: Parameters<Reseal>) =>
        db
          .updateTable('identity_providers')
          .set({ sealed: args.value('resealed') })
          .where('id', '=', args.value('id'))
          .where('sealed', '=', args.value('sealed')),
      ),
      'totp-secret': statement((db, args: Parameters<Reseal>) =>
        db
          .updateTable('totp_secrets')
          .set({ sealed: args.value('resealed') })
          .where('account_id', '=', args.value('id'))
          .where('sealed', '=', args.value('sealed')),
      ),
    },
  };
}

function rowOf({ id, sealed, resealed }: ResealedText): Reseal {
  return { id, sealed, resealed };
}

/** A row of `keys` as a sealed text. */
export function textOfKey(row: Pick<KeysTable, 'id' | 'purpose' | 'sealed'>): SealedText {
  return { kind: 'key', id: row.id, context: keyContext(row), sealed: row.sealed };
}

function textOfClientKey(row: Pick<ClientKeysTable, 'kid' | 'client_id' | 'sealed'>): SealedText {
  const context = clientKeyContext({ clientId: row.client_id, kid: row.kid });
  return { kind: 'client-key', id: row.kid, context, sealed: row.sealed ?? '' };
}

function textOfSecret(row: Pick<ClientSecretsTable, 'id' | 'client_id' | 'sealed'>): SealedText {
  const context = secretContext({ clientId: row.client_id, secretId: row.id });
  return { kind: 'client-secret', id: row.id, context, sealed: row.sealed ?? '' };
}

function textOfTotpSecret(row: Pick<TotpSecretsTable, 'account_id' | 'sealed'>): SealedText {
  return {
    kind: 'totp-secret',
    id: row.account_id,
    context: totpContext(row.account_id),
    sealed: row.sealed,
  };
}

function textOfProviderSecret({ id, sealed }: Pick<IdentityProvidersTable, 'id' | 'sealed'>): SealedText {
  return { kind: 'provider-secret', id, context: providerSecretContext(id), sealed: sealed ?? '' };
}
