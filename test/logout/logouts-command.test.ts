import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { secondsAfter } from '../../src/kernel/clock.ts';
import { createPeopleRows } from '../fixtures/people-rows.ts';
import { someTime } from '../fixtures/storage-entries.ts';
import { temporaryDirectory } from '../fixtures/temporary-directory.ts';
import { databaseOf, openTestStorage } from '../fixtures/test-storage.ts';
import { refusal, run } from '../operator/server-process.ts';

test('logouts shows what a client was to be told, and whether it was', async (context) => {
  const folder = temporaryDirectory(context);
  const dataDirectory = join(folder, 'data');
  await databaseOf(context, dataDirectory);
  const storage = await openTestStorage(context, dataDirectory);
  const { endings, logoutNotices } = storage.stores;
  const rows = createPeopleRows(storage);
  const client = await rows.client();
  const people = [await rows.account(), await rows.account(), await rows.account()];
  for (const [minute, account] of people.entries()) {
    const session = await rows.session(account);
    await rows.takesPart(session, client);
    await endings.endSession(session, secondsAfter(someTime, -60 * minute));
  }
  const [failed, delivered] = await logoutNotices.listDue(someTime, [], 2);
  assert.ok(failed && delivered);
  for (const [notice, state, fault] of [
    [failed, 'failed', 'refused'],
    [delivered, 'delivered', null],
  ] as const) {
    const claimed = await logoutNotices.claim(notice, secondsAfter(someTime, 60));
    assert.ok(claimed !== 'taken');
    await logoutNotices.settle(claimed, { state, fault, at: someTime });
  }

  const program = await run(context, folder, ['logouts', client.id]);
  assert.deepEqual(await program.exit, { code: 0, signal: null }, program.output());
  const [title = '', ...lines] = program.output().trimEnd().split('\n');
  assert.match(title, /^state +account +session ended +attempts +last fault +next attempt +settled$/);
  const at = '2027-01-15T08:00:00Z';
  assert.deepEqual(
    lines.map((line) => line.split(/ {2,}/)),
    [
      ['pending', people[0]?.id, at, '0', '-', at, '-'],
      ['delivered', people[1]?.id, '2027-01-15T07:59:00Z', '1', '-', '-', at],
      ['failed', people[2]?.id, '2027-01-15T07:58:00Z', '1', 'refused', '-', at],
    ],
  );

  const nobody = '00000000-0000-4000-8000-000000000000';
  assert.match(await refusal(run(context, folder, ['logouts', nobody])), /There is no client/);
  assert.match(await refusal(run(context, folder, ['logouts', 'shop'])), /is no client id/);
});
