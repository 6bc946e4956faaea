import type {
  IdentityProvider,
  IdentityProviderStore,
  ProviderReplacement,
} from '../../identity-providers/identity-provider.ts';
import type { OidcSettings } from '../../identity-providers/oidc-settings.ts';
import type { EpochSeconds } from '../../kernel/clock.ts';
import type { Engine, Step } from '../engine.ts';
import type { IdentityProvidersTable } from '../schema.ts';
import type { Parameters } from '../statement.ts';
import type { AppendAudit } from './audit.ts';
import type { Revisions } from './revisions.ts';

const values = ['name', 'type', 'settings', 'issuer', 'sealed'] as const;
const columns = ['id', 'created_at', ...values] as const;

/** The store of identity providers. */
export function createIdentityProviderStore(
  engine: Engine,
  revisions: Revisions,
  appendAudit: AppendAudit,
): IdentityProviderStore {
  const { list, insert, replace, put, remove } = createStatements(engine);
  const bump = revisions.bump('identity-providers');

  const replacing = (change: ProviderReplacement): readonly Step<'taken' | 'conflict'>[] => {
    const { name: seenName, type: seenType, ...seen } = valuesOf(change.seen);
    const asSeen = { seenName, seenType, seenSettings: seen.settings, seenSealed: seen.sealed };
    const run = replace({ ...valuesOf(change.provider), id: change.provider.id, ...asSeen });
    return [{ run, otherwise: 'conflict', duplicate: 'taken' }, { run: appendAudit(change.audit) }];
  };

  return {
    list: async () => (await engine.read(list({}))).map(toProvider),
    revision: () => revisions.of('identity-providers'),
    insert: (provider, audit) =>
      engine.write<'inserted' | 'taken'>({
        steps: [
          { run: insert(toRow(provider, audit.at)), otherwise: 'taken' },
          { run: appendAudit(audit) },
          bump,
        ],
        done: 'inserted',
      }),
    replace: (replacement) =>
      engine.write<'replaced' | 'taken' | 'conflict'>({
        steps: [...replacing(replacement), bump],
        done: 'replaced',
      }),
    declare: ({ provider, audit, displaced }) =>
      engine.write<'declared' | 'taken' | 'conflict'>({
        steps: [
          ...(displaced === null ? [] : replacing(displaced)),
          { run: put(toRow(provider, audit.at)), duplicate: 'taken' },
          { run: appendAudit(audit) },
          bump,
        ],
        done: 'declared',
      }),
    delete: (id, audit) =>
      engine.write<'deleted' | 'absent' | 'in-use'>({
        steps: [
          { run: remove({ id }), otherwise: 'absent', orphan: 'in-use' },
          { run: appendAudit(audit) },
          bump,
        ],
        done: 'deleted',
      }),
  };
}

type Values = Pick<IdentityProvidersTable, (typeof values)[number]>;

/** A row as it will be, and as it must be until then. */
interface Replacement extends Values {
  readonly id: string;
  readonly seenName: string;
  readonly seenType: string;
  readonly seenSettings: string | null;
  readonly seenSealed: string | null;
}

function createStatements({ statement }: Pick<Engine, 'statement'>) {
  return {
    list: statement((db) =>
      db.selectFrom('identity_providers').select(columns).orderBy('created_at').orderBy('id'),
    ),
    insert: statement((db, args: Parameters<IdentityProvidersTable>) =>
      db
        .insertInto('identity_providers')
        .values(args.row(columns))
        .onConflict((conflict) => conflict.doNothing()),
    ),
    replace: statement((db, args: Parameters<Replacement>) =>
      db
        .updateTable('identity_providers')
        .set(args.row(values))
        .where('id', '=', args.value('id'))
        .where('name', '=', args.value('seenName'))
        .where('type', '=', args.value('seenType'))
        .where('settings', 'is not distinct from', args.value('seenSettings'))
        .where('sealed', 'is not distinct from', args.value('seenSealed')),
    ),
    put: statement((db, args: Parameters<IdentityProvidersTable>) =>
      db
        .insertInto('identity_providers')
        .values(args.row(columns))
        .onConflict((conflict) => conflict.column('id').doUpdateSet(args.row(values))),
    ),
    remove: statement((db, args: Parameters<{ readonly id: string }>) =>
      db.deleteFrom('identity_providers').where('id', '=', args.value('id')),
    ),
  };
}

function toRow(provider: IdentityProvider, createdAt: EpochSeconds): IdentityProvidersTable {
  return { id: provider.id, created_at: createdAt, ...valuesOf(provider) };
}

function valuesOf(provider: IdentityProvider): Values {
  const { name, type } = provider;
  if (provider.type === 'internal') return { name, type, settings: null, issuer: null, sealed: null };
  const { settings, sealedSecret: sealed } = provider;
  return { name, type, settings: settingsText(settings), issuer: settings.issuer, sealed };
}

/** Of the same settings always the same text: rows are compared by it. */
function settingsText(settings: OidcSettings): string {
  const { issuer, clientId, tokenEndpointAuthMethod, scopes, usernameClaim, emailClaim } = settings;
  return JSON.stringify({ issuer, clientId, tokenEndpointAuthMethod, scopes, usernameClaim, emailClaim });
}

function toProvider({ id, name, type, settings, sealed }: IdentityProvidersTable): IdentityProvider {
  if (type !== 'oidc') return { id, name, type: 'internal' };
  return { id, name, type, settings: JSON.parse(settings ?? '') as OidcSettings, sealedSecret: sealed };
}
