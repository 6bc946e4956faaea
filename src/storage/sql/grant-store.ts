import { asEpochSeconds, type EpochSeconds } from '../../kernel/clock.ts';
import type { OpaqueAccessToken } from '../../protocol/store.ts';
import type {
  CodeRecord,
  GrantRecord,
  GrantStore,
  NewRefreshToken,
  PersonGrant,
  StoredCode,
  StoredGrant,
  StoredRefreshToken,
} from '../../protocol/stored-grant.ts';
import type { Engine, Step } from '../engine.ts';
import type { AuthorizationCodesTable, GrantsTable, RefreshTokensTable } from '../people-schema.ts';
import type { InsertAccessToken } from './access-token-store.ts';
import { toJoinedAccount } from './account-row.ts';
import { findPerTick } from './find-per-tick.ts';
import {
  createGrantStatements,
  type GrantRow,
  type GrantStatements,
  type NewRefreshTokenRow,
} from './grant-statements.ts';

/** The store of grants, codes and refresh tokens. */
export function createGrantStore(engine: Engine, insertAccessToken: InsertAccessToken): GrantStore {
  const statements = createGrantStatements(engine);
  return {
    ...createReads(engine, statements),
    ...createWrites(engine, statements, insertAccessToken),
  };
}

function createReads(
  engine: Engine,
  { byIds, codes, refreshTokens, ofFamily }: GrantStatements,
): Pick<GrantStore, 'load' | 'findCode' | 'findRefreshToken' | 'findOfFamily'> {
  return {
    load: findPerTick(engine, byIds, (row) => [row.grant_id, toPersonGrant(row)]),

    findCode: findPerTick(engine, codes, (row) => [row.hash, toCode(row)]),

    findRefreshToken: findPerTick(engine, refreshTokens, (row) => [row.hash, toRefreshToken(row)]),

    findOfFamily: async ({ grantId, family }) =>
      (await engine.read(ofFamily({ grant_id: grantId, family }))).map(toRefreshToken)[0],
  };
}

function createWrites(
  engine: Engine,
  statements: GrantStatements,
  insertAccessToken: InsertAccessToken,
): Pick<GrantStore, 'insert' | 'redeemCode' | 'rotate' | 'answerAgain' | 'extend' | 'end'> {
  /** Stands first: it locks the client by which it refers to it, as the client's deletion does before it takes the grants. */
  const give = (token: OpaqueAccessToken | null): readonly Step<'gone'>[] =>
    token === null ? [] : [{ run: insertAccessToken(token), orphan: 'gone' }];
  /** Locks the grant where writes run side by side, so that what follows is decided against a grant that stays. */
  const keep = (id: string, expiresAt: EpochSeconds): Step<'gone'> => ({
    run: statements.keep({ id, expires_at: expiresAt }),
    otherwise: 'gone',
  });
  /** Locks the grant as well, by which it refers to it. */
  const insertToken = (token: NewRefreshToken, grantId: string): Step<'gone'> => ({
    run: statements.insertRefreshToken(toRefreshTokenRow(token, grantId)),
    orphan: 'gone',
  });

  const forget = (grantId: string, family: string, generation: number): Step<never> => ({
    run: statements.forget({ grant_id: grantId, family, generation }),
  });

  return {
    insert: ({ grant, code, accessToken }) =>
      engine.write<'inserted' | 'gone'>({
        steps: [
          ...give(accessToken),
          { run: statements.takePart(toParticipation(grant)), orphan: 'gone' },
          { run: statements.insert(toGrantRow(grant)), orphan: 'gone' },
          ...(code === null ? [] : [{ run: statements.insertCode(toCodeRow(code, grant.id)) }]),
        ],
        done: 'inserted',
      }),

    redeemCode: ({ hash, grantId, at, grantExpiresAt, refreshToken, accessToken }) =>
      engine.write<'redeemed' | 'replayed' | 'gone'>({
        steps: [
          ...give(accessToken),
          keep(grantId, grantExpiresAt),
          { run: statements.redeem({ hash, grant_id: grantId, at }), otherwise: 'replayed' },
          ...(refreshToken === null ? [] : [insertToken(refreshToken, grantId)]),
        ],
        done: 'redeemed',
      }),

    rotate: ({ hash, grantId, at, grantExpiresAt, successor, forgotten, answer, accessToken }) =>
      engine.write<'rotated' | 'reused' | 'gone'>({
        steps: [
          ...give(accessToken),
          ...(grantExpiresAt === null ? [] : [keep(grantId, grantExpiresAt)]),
          insertToken(successor, grantId),
          { run: statements.rotate({ hash, grant_id: grantId, at, answer }), otherwise: 'reused' },
          ...(forgotten === null ? [] : [forget(grantId, successor.family, forgotten)]),
        ],
        done: 'rotated',
      }),

    answerAgain: (hash, most) =>
      engine.write<'again' | 'exhausted'>({
        steps: [{ run: statements.answerAgain({ hash, most }), otherwise: 'exhausted' }],
        done: 'again',
      }),

    extend: (id, expiresAt, accessToken) =>
      engine.write<'extended' | 'gone'>({
        steps: [...give(accessToken), keep(id, expiresAt)],
        done: 'extended',
      }),

    end: async (id) => {
      await engine.write({ steps: [{ run: statements.remove({ id }) }], done: 'ended' });
    },
  };
}

function toParticipation({ sessionId, clientId, createdAt }: StoredGrant) {
  return { session_id: sessionId, client_id: clientId, created_at: createdAt };
}

function toGrantRow(grant: StoredGrant): GrantsTable {
  return {
    id: grant.id,
    consent_id: grant.consentId,
    client_id: grant.clientId,
    account_id: grant.accountId,
    session_id: grant.sessionId,
    offline: grant.offline ? 1 : 0,
    record: JSON.stringify(grant.record),
    created_at: grant.createdAt,
    expires_at: grant.expiresAt,
  };
}

function toCodeRow(
  { hash, record, expiresAt }: Pick<StoredCode, 'hash' | 'record' | 'expiresAt'>,
  grantId: string,
): AuthorizationCodesTable {
  const content = JSON.stringify(record);
  return { hash, grant_id: grantId, record: content, used_at: null, expires_at: expiresAt };
}

function toRefreshTokenRow(
  { issuedAt, expiresAt, ...token }: NewRefreshToken,
  grantId: string,
): NewRefreshTokenRow {
  return { ...token, grant_id: grantId, issued_at: issuedAt, expires_at: expiresAt };
}

function toGrant(row: GrantRow): StoredGrant {
  return {
    id: row.grant_id,
    consentId: row.consent_id,
    clientId: row.client_id,
    accountId: row.account_id,
    sessionId: row.session_id,
    offline: row.offline === 1,
    record: JSON.parse(row.grant_record) as GrantRecord,
    createdAt: asEpochSeconds(row.grant_created_at),
    expiresAt: asEpochSeconds(row.grant_expires_at),
  };
}

function toPersonGrant(row: GrantRow): PersonGrant {
  return { grant: toGrant(row), account: toJoinedAccount(row) };
}

function toCode(row: GrantRow & Omit<AuthorizationCodesTable, 'grant_id'>): StoredCode {
  return {
    ...toPersonGrant(row),
    hash: row.hash,
    record: JSON.parse(row.record) as CodeRecord,
    expiresAt: asEpochSeconds(row.expires_at),
    usedAt: row.used_at === null ? null : asEpochSeconds(row.used_at),
  };
}

function toRefreshToken(
  row: GrantRow & Omit<RefreshTokensTable, 'grant_id' | 'answers_given'>,
): StoredRefreshToken {
  return {
    ...toPersonGrant(row),
    hash: row.hash,
    issuedAt: asEpochSeconds(row.issued_at),
    expiresAt: asEpochSeconds(row.expires_at),
    rotatedAt: row.rotated_at === null ? null : asEpochSeconds(row.rotated_at),
    answer: row.answer,
    family: row.family,
    generation: row.generation,
  };
}
