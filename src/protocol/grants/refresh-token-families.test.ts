import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  exchange,
  opensUserinfo,
  refresh,
  registerPublic,
  signInAt,
} from '../../../test/fixtures/person-at-client.ts';
import {
  type Answer,
  type ProtocolServer,
  type RegisteredClient,
  startProtocolServer,
} from '../../../test/fixtures/protocol-server.ts';
import { randomUuid } from '../../kernel/random.ts';
import type { RefreshTokensTable } from '../../storage/people-schema.ts';
import type { Parameters, Statement } from '../../storage/statement.ts';
import { opaqueTokenHash } from '../tokens/opaque-token.ts';
import { familyReference } from '../tokens/refresh-token-family.ts';

let server: ProtocolServer;
let selectTokens: Statement<Record<never, never>, RefreshTokensTable>;
before(async () => {
  server = await startProtocolServer();
  selectTokens = server.engine.statement((db) => db.selectFrom('refresh_tokens').selectAll());
});
after(() => server[Symbol.asyncDispose]());

const codeOf = ({ status, body }: Answer) => [status, body['error']];
const refused = [400, 'invalid_grant'];

async function signIn(registered: RegisteredClient) {
  const person = await signInAt(server, registered);
  return { grant: person.grant, body: (await exchange(server, person)).body };
}

// against: refresh/reuse
test('a client loses the sign-in by a token that was rotated so long ago that its row is gone, which is not always on the way', async () => {
  const registered = await registerPublic(server);
  const { body, grant } = await signIn(registered);
  const first = body['refresh_token'];
  const rowsOf = async () =>
    (await server.engine.read(selectTokens({}))).filter((row) => row.grant_id === grant.id);
  let [token, seen] = [first, 0];
  for (let generation = 2; generation <= 260; generation += 1) {
    const answer = await refresh(server, registered, token);
    token = answer.body['refresh_token'];
    if (generation % 20 === 0) seen = Math.max(seen, (await rowsOf()).length);
  }
  assert.ok(seen >= 100 && seen <= 150, `${seen} rows`);
  const kept = new Set((await rowsOf()).map(({ hash }) => hash));
  assert.ok(!kept.has(opaqueTokenHash(String(first))) && kept.has(opaqueTokenHash(String(token))));

  const thief = await registerPublic(server);
  assert.deepEqual(codeOf(await refresh(server, thief, first)), refused);
  const forged = [
    String(first).replace(/.{22}$/, 'A'.repeat(22)),
    String(first).replace(/.{54}$/, `${randomUuid().replaceAll('-', '')}${'A'.repeat(22)}`),
    String(first).slice(0, -1),
  ];
  for (const stranger of forged) {
    assert.deepEqual(codeOf(await refresh(server, registered, stranger)), refused);
  }
  const last = await refresh(server, registered, token);
  assert.equal(last.status, 200);
  assert.deepEqual(codeOf(await refresh(server, registered, first)), refused);
  assert.deepEqual(codeOf(await refresh(server, registered, last.body['refresh_token'])), refused);
  assert.equal(await opensUserinfo(server, last.body['access_token']), false);
  assert.deepEqual(await rowsOf(), []);
});

test('a token from before there were families is rotated into one, and it is seen when it is used again', async () => {
  const registered = await registerPublic(server);
  const { body } = await signIn(registered);
  const old = String(body['refresh_token']).slice(0, -54);
  const age = server.engine.statement(
    (db, args: Parameters<{ readonly from: string; readonly to: string }>) =>
      db
        .updateTable('refresh_tokens')
        .set({ hash: args.value('to'), family: null, generation: 0 })
        .where('hash', '=', args.value('from')),
  );
  const run = age({ from: opaqueTokenHash(String(body['refresh_token'])), to: opaqueTokenHash(old) });
  await server.engine.write({ steps: [{ run, otherwise: 'absent' }], done: 'aged' });
  const answer = await refresh(server, registered, old);
  const successor = String(answer.body['refresh_token']);
  assert.notEqual(familyReference(successor), undefined);
  server.clock.advance(60);
  assert.deepEqual(codeOf(await refresh(server, registered, old)), refused);
  assert.deepEqual(codeOf(await refresh(server, registered, successor)), refused);
});
