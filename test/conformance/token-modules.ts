import assert from 'node:assert/strict';
import {
  askUserinfo,
  checkTokens,
  codeOf,
  exchange,
  refresh,
  refusalOf,
  requestFrom,
  runFlow,
  signIn,
  type Tokens,
} from './flow.ts';
import type { Modules } from './modules.ts';
import type { PlanClient, PlanWorld } from './plan-world.ts';

/** What the suite asks for where it wants refresh tokens (OpenID Connect Core §11). */
const offline = { scope: 'openid offline_access', prompt: 'consent' };

/** A code is exchanged, and once more after `seconds`: it is refused then, and what came from it is dead. */
async function isUsedOnce(world: PlanWorld, seconds: number): Promise<void> {
  const request = requestFrom(world, offline);
  const code = codeOf(world, request, await signIn(world.newPerson(), request));
  const answer = await exchange(request, code);
  const { accessToken, refreshToken } = await checkTokens(world, world.client, answer, request.nonce);
  assert.equal((await askUserinfo(world, accessToken)).status, 200);
  world.clock.advance(seconds);

  assert.equal(refusalOf(await exchange(request, code)), 'invalid_grant');
  const refused = await askUserinfo(world, accessToken);
  assert.equal(refused.status, 401);
  assert.match(refused.headers.get('www-authenticate') ?? '', /^Bearer .*error="invalid_token"/);
  assert.equal(refusalOf(await refresh(world.client, refreshToken ?? '')), 'invalid_grant');
  assert.equal(refusalOf(await exchange(request, code)), 'invalid_grant');
}

/** A refreshed ID token is about the same sign-in, and is new (OpenID Connect Core §12.2). */
function checkRefreshed(first: Tokens, second: Tokens): void {
  for (const name of ['iss', 'sub', 'aud', 'auth_time', 'azp', 'sid'] as const) {
    assert.deepEqual(second.claims[name], first.claims[name], name);
  }
  assert.ok(Number(second.claims.iat) > Number(first.claims.iat));
  assert.notEqual(second.accessToken, first.accessToken);
}

/** Signs somebody in for a refresh token, and uses it a second later. */
async function signInAndRefresh(world: PlanWorld, client: PlanClient, scope: string | null): Promise<Tokens> {
  const first = await runFlow(world, world.newPerson(), offline, client);
  world.clock.advance(1);
  assert.ok(first.refreshToken);
  const answer = await refresh(client, first.refreshToken, { scope });
  const second = await checkTokens(world, client, answer, null);
  checkRefreshed(first, second);
  assert.equal((await askUserinfo(world, second.accessToken)).status, 200);
  return second;
}

/** What becomes of codes and refresh tokens. */
export const tokenModules: Modules = {
  'oidcc-codereuse: a code is good once': (world) => isUsedOnce(world, 0),

  'oidcc-codereuse-30seconds: nor later, and the tokens of its first use are dead': (world) =>
    isUsedOnce(world, 30),

  'oidcc-refresh-token: it is good for its client alone, and what it brings is about the same sign-in':
    async (world) => {
      const grantTypes = world.metadata['grant_types_supported'] as readonly string[];
      assert.ok(grantTypes.includes('refresh_token'));
      await signInAndRefresh(world, world.client, offline.scope);
      const { refreshToken } = await signInAndRefresh(world, world.client2, null);
      assert.equal(refusalOf(await refresh(world.client, refreshToken ?? '')), 'invalid_grant');
      assert.equal((await refresh(world.client2, refreshToken ?? '')).status, 200);
    },
};
