import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exchange, refresh, registerForPeople, signInAt } from '../../test/fixtures/person-at-client.ts';
import { startProtocolServer } from '../../test/fixtures/protocol-server.ts';
import { someTime } from '../../test/fixtures/storage-entries.ts';
import { createManualClock, secondsAfter } from '../kernel/clock.ts';
import { silentLogger } from '../kernel/logger.ts';
import { createConsentUseRecorder } from './consent-use.ts';

test('codes and refresh tokens note that a consent is used, once in five minutes', async () => {
  await using server = await startProtocolServer();
  const { clock, consentUse, stores } = server;
  // Behind the time at which the consent was made.
  clock.advance(someTime - clock.now() + 1000);
  const registered = await registerForPeople(server);
  const person = await signInAt(server, registered);
  const lastUsed = async () => {
    await consentUse.flush();
    return (await stores.consents.load(person.consentId))?.lastUsedAt;
  };
  const begun = clock.now();
  const { body } = await exchange(server, person);
  assert.equal(await lastUsed(), begun);

  clock.advance(299);
  await refresh(server, registered, body['refresh_token']);
  assert.equal(await lastUsed(), begun);

  clock.advance(1);
  await refresh(server, registered, body['refresh_token']);
  assert.equal(await lastUsed(), secondsAfter(begun, 300));
});

test('a use that could not be written down is logged, and a later one is tried again', async () => {
  const clock = createManualClock();
  const written: string[] = [];
  const warnings: object[] = [];
  let fails = true;
  const recorder = createConsentUseRecorder({
    consents: {
      async recordUse(uses) {
        if (fails) throw new Error('no disk');
        written.push(...uses.map(({ id }) => id));
      },
    },
    clock,
    logger: { ...silentLogger, warn: (facts: object) => warnings.push(facts) },
  });
  recorder.note('a');
  await recorder.flush();
  assert.deepEqual([warnings.length, written], [1, []]);
  fails = false;
  clock.advance(300);
  recorder.note('a');
  await recorder.flush();
  await recorder.flush();
  assert.deepEqual([warnings.length, written], [1, ['a']]);
});
