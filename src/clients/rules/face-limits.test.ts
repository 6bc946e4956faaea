import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestRegistry } from '../../../test/fixtures/open-registry.ts';
import type { Face } from '../../kernel/audit.ts';
import type { Client } from '../client.ts';
import type { ClientPatch } from '../patch.ts';
import { operator } from '../policy.ts';
import { faceLimits } from './face-limits.ts';

const request = { actor: operator, requestId: 'request-1' };
const longUri = `https://shop.example/${'a'.repeat(300)}`;

/** Within the rules of the record, and beyond the limits of every dialect that can be. */
const beyond: ClientPatch = {
  name: 'x'.repeat(200),
  description: 'x'.repeat(1000),
  websiteUri: longUri,
  redirectUris: [longUri],
  postLogoutRedirectUris: Array.from({ length: 30 }, (_, index) => `${longUri}${index}`),
  grantTypes: ['client_credentials', 'refresh_token'],
  refreshTokenTtl: 315_360_000,
  authorizationRequestTtl: 600,
};

async function openWith(context: Parameters<typeof openTestRegistry>[0], patch: ClientPatch) {
  const { registry } = await openTestRegistry(context);
  const { client } = await registry.create({ ...request, face: 'native', patch: () => patch });
  const update = (face: Face, change: ClientPatch): Promise<Client> =>
    registry.update({ ...request, face, id: client.id, patch: () => change });
  return { client, update };
}

const dialects = [...new Set(faceLimits.flatMap(({ face }) => face ?? []))];

test('what one face has set survives an unrelated change through every dialect, and is accepted back', async (context) => {
  const { client, update } = await openWith(context, beyond);
  let revision = 1;
  for (const face of dialects) {
    assert.equal((await update(face, beyond)).revision, revision, `${face}: written back`);
    const changed = await update(face, { ...beyond, verified: revision % 2 === 1 });
    revision += 1;
    assert.deepEqual(
      { ...changed, verified: client.verified, updatedAt: client.updatedAt },
      { ...client, revision },
    );
  }
});

test('a dialect’s limit binds every value that is changed through it, and through no other face', async (context) => {
  const { update } = await openWith(context, beyond);
  const changes: readonly (readonly [Face, ClientPatch])[] = [
    ['connect', { name: 'y'.repeat(200) }],
    ['connect', { description: 'y'.repeat(1000) }],
    ['connect', { websiteUri: `${longUri}/y` }],
    ['connect', { redirectUris: [`${longUri}/y`] }],
    ['connect', { postLogoutRedirectUris: [`${longUri}/y`] }],
    ['login-api', { name: ' ' }],
    ['login-api', { redirectUris: [] }],
    ['clients-api', { refreshTokenTtl: 315_359_999 }],
    ['clients-api', { authorizationRequestTtl: 301 }],
  ];
  for (const [face, change] of changes) {
    await assert.rejects(update(face, change), { code: 'invalid' }, JSON.stringify(change));
    await update('native', change);
  }
});

test('a flag is not refused for what another face left in the other flags of the same list', async (context) => {
  const { update } = await openWith(context, { grantTypes: ['authorization_code', 'refresh_token'] });
  await update('connect', { grantTypes: ['authorization_code', 'refresh_token', 'revoke'] });
  await assert.rejects(update('connect', { grantTypes: ['authorization_code', 'implicit'] }), {
    code: 'invalid',
  });
  await update('native', { grantTypes: ['refresh_token'] });
  await update('connect', { grantTypes: ['refresh_token', 'revoke'] });
  await update('connect', { grantTypes: ['revoke'] });
  await assert.rejects(update('connect', { grantTypes: ['refresh_token', 'revoke'] }), { code: 'invalid' });
});

test('an entry of a list that is beyond a dialect’s limit does not stand in the way of the others', async (context) => {
  const { update } = await openWith(context, beyond);
  const kept = beyond.postLogoutRedirectUris ?? [];
  const changed = [...kept.slice(2), 'https://shop.example/short'];
  const { postLogoutRedirectUris } = await update('connect', { postLogoutRedirectUris: changed });
  assert.deepEqual(postLogoutRedirectUris, changed);
  await assert.rejects(
    update('connect', { postLogoutRedirectUris: [...changed, 'https://shop.example/one-more'] }),
  );
  await assert.rejects(
    update('connect', { postLogoutRedirectUris: [...changed.slice(1), `${longUri}/new`] }),
  );
});
