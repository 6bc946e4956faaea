import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  type AuthorizationWorld,
  codeRequest,
  errorOf,
  needOf,
  openAuthorizationWorld,
} from '../../../test/fixtures/authorization-world.ts';
import type { Account } from '../../accounts/account.ts';
import { administratorScopes } from '../../applications/scope.ts';
import type { Prompt } from './authorization-request.ts';

const anybody = { administrator: false };
const anAdministrator = { administrator: true };

let world: AuthorizationWorld;
before(async () => {
  world = await openAuthorizationWorld();
});
after(() => world[Symbol.asyncDispose]());

/** Asks in the name of somebody who has allowed the client nothing. */
async function ask(scope: string, who: Pick<Account, 'administrator'>, prompt?: Prompt) {
  const client = await world.client({
    allowedScopes: ['openid', 'oauth:clients:read', ...administratorScopes],
  });
  const account = await world.account(who);
  const session = await world.session(account);
  return world.ask(codeRequest(client, { scope, ...(prompt !== undefined && { prompt }) }), {
    sessions: [session],
  });
}

for (const scope of administratorScopes) {
  test(`whoever is no administrator is refused ${scope} before being asked to allow it`, async () => {
    assert.equal(errorOf(await ask(`openid ${scope}`, anybody)), 'access_denied');
    assert.equal(errorOf(await ask(`openid ${scope}`, anybody, 'consent')), 'access_denied');
    assert.equal(errorOf(await ask(`openid ${scope}`, anybody, 'none')), 'access_denied');
  });

  test(`an administrator is asked to allow ${scope}`, async () => {
    assert.equal(needOf(await ask(`openid ${scope}`, anAdministrator)).prompt, 'consent');
    assert.equal(errorOf(await ask(`openid ${scope}`, anAdministrator, 'none')), 'consent_required');
  });
}

test('what is no administrator’s alone anybody is asked to allow', async () => {
  assert.equal(needOf(await ask('openid oauth:clients:read', anybody)).prompt, 'consent');
});

test('whoever may be somebody else is asked to sign in first, and refused then', async () => {
  assert.equal(needOf(await ask('openid admin', anybody, 'login')).prompt, 'login');
});
