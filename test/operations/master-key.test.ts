import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { randomOctets } from '../../src/kernel/random.ts';
import { connectService } from '../connect/face.ts';
import { bootstrap } from '../fixtures/running-server.ts';
import { temporaryDirectory } from '../fixtures/temporary-directory.ts';
import { databaseOf } from '../fixtures/test-storage.ts';
import {
  bootstrapToken,
  chosen,
  refusal,
  requestToken,
  run,
  serve,
  stop,
} from '../operator/server-process.ts';

const makeKey = () => randomOctets(32).toString('base64');

/** A data directory of a server whose operator gives the master key. */
async function makeFixture(context: TestContext) {
  const folder = temporaryDirectory(context);
  const [before, after] = [makeKey(), makeKey()];
  const settings = { ...chosen, CLIENTELE_ISSUER: 'http://localhost:1' };
  return {
    folder,
    old: { ...settings, CLIENTELE_MASTER_KEY: before },
    both: { ...settings, CLIENTELE_MASTER_KEY: after, CLIENTELE_MASTER_KEY_PREVIOUS: before },
    fresh: { ...settings, CLIENTELE_MASTER_KEY: after },
    content: async () => (await databaseOf(context, join(folder, 'data'), 'none')).content(),
    rotate: async (given: Readonly<Record<string, string>>) => {
      const rotation = await run(context, folder, ['master-key', 'rotate'], given);
      assert.deepEqual(await rotation.exit, { code: 0, signal: null }, rotation.output());
      for (const key of [before, after]) assert.ok(!rotation.output().includes(key));
      return rotation.output();
    },
  };
}

test('a key that the operator gives is replaced beside a running server: give both, rotate, take the previous one away', async (context) => {
  const { folder, old, both, fresh, rotate } = await makeFixture(context);
  const first = await serve(context, folder, old);
  const service = connectService(
    { issuer: `http://127.0.0.1:${first.port}` },
    await bootstrapToken(first.port),
  );
  const { client } = await service.createClient({ name: 'Robot', hasSecret: true });
  const { clientId, clientSecret = '' } = client ?? assert.fail();
  const jwks = async (port: number) => (await fetch(`http://127.0.0.1:${port}/oauth/jwks`)).text();
  const before = await jwks(first.port);
  await stop(first);

  // A node that was given both keys works before the rotation, through it and after it.
  const second = await serve(context, folder, both);
  assert.match(await rotate(both), /Take CLIENTELE_MASTER_KEY_PREVIOUS away/);
  assert.match(await rotate(both), /The data opens with the master key/);
  const { client: later } = await connectService(
    { issuer: `http://127.0.0.1:${second.port}` },
    await bootstrapToken(second.port),
  ).createClient({ name: 'Later', hasSecret: true });
  await stop(second);

  const third = await serve(context, folder, fresh);
  assert.equal(await jwks(third.port), before);
  for (const [id, secret] of [
    [bootstrap.id, bootstrap.secret],
    [clientId, clientSecret],
    [later?.clientId ?? '', later?.clientSecret ?? ''],
  ] as const) {
    assert.equal((await requestToken(third.port, id, secret, '')).status, 200);
  }
  const told = await connectService(
    { issuer: `http://127.0.0.1:${third.port}` },
    await bootstrapToken(third.port),
  ).getClient({ clientId, includeSecret: true });
  assert.equal(told.client?.clientSecret, clientSecret);
  await stop(third);
  assert.match(
    await refusal(run(context, folder, [], old)),
    /Start with the master key that this data was made with/,
  );
});

test('a rotation without the previous key, or with wrong ones, says what is missing and changes nothing', async (context) => {
  const { folder, old, fresh, content } = await makeFixture(context);
  await stop(await serve(context, folder, old));
  const before = await content();
  const rotate = (settings: Readonly<Record<string, string>>) =>
    refusal(run(context, folder, ['master-key', 'rotate'], settings));
  assert.match(await rotate(old), /CLIENTELE_MASTER_KEY_PREVIOUS to the one in use/);
  assert.match(await rotate(fresh), /CLIENTELE_MASTER_KEY_PREVIOUS to the one in use/);
  const wrong = { ...fresh, CLIENTELE_MASTER_KEY_PREVIOUS: makeKey() };
  assert.match(await rotate(wrong), /The stored keys do not open/);
  assert.match(await refusal(run(context, folder, [], wrong)), /The stored keys do not open/);
  assert.equal(await content(), before);
});
