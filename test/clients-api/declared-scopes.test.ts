import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { recordOf } from '../connect/world.ts';
import { startTestServer } from '../fixtures/running-server.ts';
import { temporaryDirectory } from '../fixtures/temporary-directory.ts';
import { openOn, outcomeOf, type ShownClient, type World } from './world.ts';

const declaredId = '0198c0de-0000-7000-8000-0000000000a1';
const secret = 'a secret that the operator has chosen for the client, long enough for any use';

/** A server whose file is `declarations`, and the same server after a start with others. */
async function openWith(context: TestContext, declarations: object) {
  const file = join(temporaryDirectory(context), 'clientele.json');
  const write = (content: object): void => writeFileSync(file, JSON.stringify(content));
  write(declarations);
  let server = await startTestServer(context, { env: { CLIENTELE_CONFIG: file } });
  const world = await openOn(server);
  const restart = async (content: object): Promise<World> => {
    write(content);
    server = await server.restart();
    return openOn(server);
  };
  return { world, restart };
}

async function granted({ server }: World, client: Pick<ShownClient, 'id' | 'secret'>): Promise<string> {
  const answer = await server.requestToken(client, { scope: 'payments:write' });
  const { scope, error } = (await answer.json()) as { readonly scope?: string; readonly error?: string };
  return scope ?? error ?? '';
}

const declaring = { scopes: [{ name: 'payments:write', label: 'Pay' }] };
const given = { authorize_scope: true, authorized_scopes: [{ name: 'payments:write' }] };

test('a scope that the operator declares is not theirs who had a registered one of its name, but theirs to whom the file gives it', async (context) => {
  const { world, restart } = await openWith(context, {});
  await world.createScope({ name: 'payments:write' });
  const client = await world.create(given);
  assert.equal(await granted(world, client), 'payments:write');
  const fields = { grantTypes: ['client_credentials'], allowedScopes: ['payments:write'] };
  const declared = { id: declaredId, secret, tokenEndpointAuthMethods: ['client_secret_basic'], ...fields };
  const next = await restart({ ...declaring, clients: [declared] });
  assert.equal(await granted(next, client), 'invalid_scope');
  assert.equal(await granted(next, declared), 'payments:write');
  assert.equal(outcomeOf(await next.change(client.id, given)), 'ok');
  const last = await restart({ ...declaring, clients: [declared] });
  assert.equal(await granted(last, client), 'payments:write');
  assert.equal(await granted(last, declared), 'payments:write');
});

test('a scope that leaves the file and comes back is theirs to whom the file gives it, and nobody else’s', async (context) => {
  const fields = { grantTypes: ['client_credentials'], allowedScopes: ['payments:write'] };
  const declared = { id: declaredId, secret, tokenEndpointAuthMethods: ['client_secret_basic'], ...fields };
  const full = { ...declaring, clients: [declared] };
  const { world, restart } = await openWith(context, full);
  const client = await world.create(given);
  const without = await restart({ clients: [declared] });
  for (const holder of [client, declared]) assert.equal(await granted(without, holder), 'invalid_scope');
  const next = await restart(full);
  assert.equal(await granted(next, client), 'invalid_scope');
  assert.deepEqual((await recordOf(next.server, client.id)).authorizedScopes, []);
  assert.equal(await granted(next, declared), 'payments:write');
});
