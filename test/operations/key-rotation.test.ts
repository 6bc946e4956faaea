import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultDeclarations } from '../../src/config/declarations.ts';
import { createManualClock } from '../../src/kernel/clock.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { doChores } from '../../src/operator/maintenance.ts';
import { openStorage } from '../../src/storage/storage.ts';
import { bootstrap, startTestServer } from '../fixtures/running-server.ts';
import { atEnd } from '../fixtures/teardown.ts';
import { temporaryDirectory } from '../fixtures/temporary-directory.ts';
import { chosen, refusal, run, serve, stop } from '../operator/server-process.ts';

const kidsOf = async (issuer: string) => {
  const { keys } = (await (await fetch(`${issuer}/oauth/jwks`)).json()) as {
    readonly keys: readonly { readonly kid: string }[];
  };
  return keys.map(({ kid }) => kid);
};

test('keys list shows where each key stands, and keys rotate moves each one step, beside a running server', async (context) => {
  const folder = temporaryDirectory(context);
  const serving = await serve(context, folder, chosen);
  const published = await kidsOf(`http://127.0.0.1:${serving.port}`);
  const list = async () => {
    const program = await run(context, folder, ['keys', 'list']);
    assert.deepEqual(await program.exit, { code: 0, signal: null }, program.output());
    const [title = '', ...lines] = program.output().trimEnd().split('\n');
    assert.match(title, /^state +algorithm +kid +made +signs since +retired$/);
    return lines.map((line) => line.split(/ {2,}/));
  };
  const before = await list();
  assert.deepEqual(before.map(([state, algorithm]) => `${algorithm} ${state}`).sort(), [
    'ES256 current',
    'ES256 next',
    'RS256 current',
    'RS256 next',
  ]);
  assert.deepEqual(before.map(([, , kid]) => kid).sort(), published.toSorted());

  const rotation = await run(context, folder, ['keys', 'rotate']);
  assert.deepEqual(await rotation.exit, { code: 0, signal: null }, rotation.output());
  const after = await list();
  const stateOf = (kid: string | undefined) => after.find((row) => row[2] === kid)?.[0];
  for (const [state, algorithm, kid = ''] of before) {
    assert.equal(stateOf(kid), state === 'current' ? 'retired' : 'current');
    assert.equal(rotation.output().includes(`${algorithm}: ${kid} signs`), state === 'next');
  }
  assert.equal(after.length, 6);
  assert.match(await refusal(run(context, folder, ['keys', 'rotate'])), /try again in two minutes/);
  assert.deepEqual(await list(), after);
  await stop(serving);
});

test('a running server rotates by its own clock as the operator says, and tokens that are out stay good', async (context) => {
  const clock = createManualClock();
  const server = await startTestServer(context, { clock });
  const storage = await openStorage({ ...server.database.options, use: 'tool' });
  atEnd(context, storage.close);
  const declarations = defaultDeclarations();
  const chores = () =>
    doChores(
      {
        ...server,
        configuration: { declarations },
        stores: storage.stores,
        clock,
        logger: silentLogger,
      },
      { isAhead: () => false },
    );
  const introspect = async (token: string) => {
    const response = await fetch(`${server.issuer}/oauth/introspect`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${bootstrap.id}:${bootstrap.secret}`)}` },
      body: new URLSearchParams({ token }),
    });
    return ((await response.json()) as { readonly active: boolean }).active;
  };

  const first = server.keyring.keySet().signer('ES256').kid;
  await chores();
  assert.equal(server.keyring.keySet().signer('ES256').kid, first);
  clock.advance(90 * 86_400 - 10);
  const token = await server.bootstrapToken('login');
  clock.advance(10);
  await chores();
  assert.notEqual(server.keyring.keySet().signer('ES256').kid, first);
  assert.ok((await kidsOf(server.issuer)).includes(first));
  assert.equal(await introspect(token), true);
  await chores();
  assert.equal(await introspect(token), true);

  clock.advance(86_400 + 3602);
  await chores();
  assert.ok(!(await kidsOf(server.issuer)).includes(first));
});
