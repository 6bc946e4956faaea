import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordOf, register } from '../connect/world.ts';
import { startTestServer } from '../fixtures/running-server.ts';
import { openFaces } from './faces.ts';

// against: administration/writers
test('of writers that meet at one client through different dialects and transports none is refused and none is lost', async (context) => {
  const server = await startTestServer(context);
  const { id, revision } = await register(server, { redirectUris: ['https://shop.example/'] }, 'generate');
  const faces = await openFaces(server);
  const changes: Readonly<Record<string, (round: number) => object>> = {
    'Connect JSON': (round) => ({ description: `description ${round}` }),
    'Connect binary': (round) => ({ websiteUrl: `https://shop.example/${round}` }),
    'gRPC-Web': (round) => ({ postLogoutRedirectUris: [`https://shop.example/${round}`] }),
    gRPC: (round) => ({ frontchannelLogoutUri: `https://shop.example/${round}` }),
    'login API': (round) => ({ redirectUrls: [`https://shop.example/${round}`] }),
    'clients API': (round) => ({ access_token_ttl: 100 + round }),
  };
  const rounds = 10;
  const writes = Array.from({ length: rounds }, (_, index) =>
    faces.map(({ name, write }) => write(changes[name]?.(index) ?? {}, id)),
  );
  assert.deepEqual(new Set(await Promise.all(writes.flat())), new Set(['ok']));

  const record = await recordOf(server, id);
  const last = [
    record.description,
    record.websiteUri,
    record.postLogoutRedirectUris.join(),
    record.frontchannelLogoutUri,
    record.redirectUris.join(),
  ];
  for (const value of last) assert.match(String(value), /\d$/);
  assert.ok((record.accessTokenTtl ?? 0) >= 100);
  const entries = await server.database.run(
    `select id from audit_events where target_id = '${id}' and action = 'client.updated'`,
  );
  assert.equal(entries.length, record.revision - revision);
});
