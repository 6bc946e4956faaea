import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { registerForPeople, signInAt } from '../../../test/fixtures/person-at-client.ts';
import { type ProtocolServer, startProtocolServer } from '../../../test/fixtures/protocol-server.ts';
import { secondsAfter } from '../../kernel/clock.ts';
import type { ResponsePart } from '../authorization/authorization-request.ts';
import { opaqueTokenHash } from './opaque-token.ts';

let server: ProtocolServer;
before(async () => {
  server = await startProtocolServer();
});
after(() => server[Symbol.asyncDispose]());

const signIn = async (parts: readonly ResponsePart[], scopes = ['openid'], sessionSeconds = 86_400) =>
  signInAt(server, await registerForPeople(server, { authorizationCodeTtl: 30, accessTokenTtl: 900 }), {
    request: { responseType: new Set(parts), scopes },
    session: { expiresAt: secondsAfter(server.clock.now(), sessionSeconds) },
  });

test('a grant is stored with how the person had signed in, and is kept as long as what came from it', async () => {
  for (const [parts, seconds] of [
    [['code'], 30] as const,
    [['token'], 900] as const,
    [['code', 'id_token', 'token'], 900] as const,
    [['id_token'], 0] as const,
  ]) {
    const { grant, session, account, code } = await signIn(parts);
    assert.deepEqual(await server.stores.grants.load(grant.id), { grant, account });
    assert.deepEqual(
      [grant.accountId, grant.sessionId, grant.offline, grant.expiresAt - grant.createdAt],
      [account.id, session.id, false, seconds],
    );
    const { authTime, acr, amr, identityProviderId, sessionExpiresAt } = grant.record;
    assert.deepEqual(
      { authTime, acr, amr, identityProviderId, sessionExpiresAt },
      {
        authTime: session.authTime,
        acr: session.acr,
        amr: session.amr,
        identityProviderId: session.identityProviderId,
        sessionExpiresAt: session.expiresAt,
      },
    );
    assert.equal(code !== '', (parts as readonly string[]).includes('code'));
  }
});

test('a code says nothing, and only its hash is stored', async () => {
  const { code } = await signIn(['code']);
  assert.match(code, /^clc_[0-9a-f]{16}[\w-]{43}$/);
  assert.equal(await server.stores.grants.findCode(code), undefined);
  assert.equal((await server.stores.grants.findCode(opaqueTokenHash(code)))?.usedAt, null);
});

test('nothing but what is offline outlives the session', async () => {
  const bound = await signIn(['code', 'token'], ['openid'], 10);
  assert.equal(bound.grant.expiresAt - bound.grant.createdAt, 10);
  const stored = await server.stores.grants.findCode(opaqueTokenHash(bound.code));
  assert.equal(stored?.expiresAt, bound.grant.expiresAt);
  const offline = await signIn(['code', 'token'], ['openid', 'offline_access'], 10);
  assert.deepEqual([offline.grant.offline, offline.grant.expiresAt - offline.grant.createdAt], [true, 900]);
});
