import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startProtocolServer } from '../../../test/fixtures/protocol-server.ts';
import { silentLogger } from '../../kernel/logger.ts';
import { createSecretUseRecorder } from './secret-use.ts';

test('a secret is written down at most once a minute', async () => {
  await using server = await startProtocolServer();
  const { clients } = server.stores;
  const { client } = await server.register();
  const recorder = createSecretUseRecorder({ clients, clock: server.clock, logger: silentLogger });
  const secret = async () => {
    const [found] = (await clients.load(client.id))?.secrets ?? [];
    assert.ok(found);
    return found;
  };
  const use = async () => {
    recorder.note(await secret());
    await recorder.flush();
    return (await secret()).lastUsedAt;
  };

  const first = server.clock.now();
  assert.equal(await use(), first);
  server.clock.advance(59);
  assert.equal(await use(), first);
  server.clock.advance(1);
  assert.equal(await use(), first + 60);
});

test('a failure to write is logged and fails nothing', async () => {
  await using server = await startProtocolServer();
  const warnings: string[] = [];
  const recorder = createSecretUseRecorder({
    clients: { recordSecretUse: () => Promise.reject(new Error('full disk')) },
    clock: server.clock,
    logger: { ...silentLogger, warn: (_facts, message) => warnings.push(message) },
  });
  recorder.note({ id: 'a', lastUsedAt: null });
  await recorder.flush();
  assert.equal(warnings.length, 1);
});
