import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { clientDefaults } from '../../src/clients/defaults.ts';
import type { JsonObject } from '../../src/kernel/encoding.ts';
import { startTestServer, type TestServer } from '../fixtures/running-server.ts';
import { send } from './attack.ts';
import { type ThreatText, threatClasses } from './classes.ts';

interface Sight {
  readonly server: TestServer;
  readonly metadata: JsonObject;
}

/** Whether what a line waits for is there, by the first word of its name. */
const isThere: Readonly<Record<string, (name: string, sight: Sight) => Promise<boolean> | boolean>> = {
  endpoint: async (path, { server }) => {
    const methods = ['GET', 'POST'];
    const answers = await Promise.all(methods.map((method) => send(server, path, { method })));
    return answers.some(({ status }) => status !== 404);
  },
  grant: (name, { metadata }) => (metadata['grant_types_supported'] as readonly string[]).includes(name),
  metadata: (name, { metadata }) => Object.hasOwn(metadata, name),
  field: (name) => Object.hasOwn(clientDefaults, name),
  face: (name) => existsSync(`src/admin/${name}`),
};

test('what lines of the classes wait for is not there; where it is, they have tests', async (context) => {
  const server = await startTestServer(context);
  const { text } = await send(server, '/.well-known/openid-configuration', { method: 'GET' });
  const sight = { server, metadata: JSON.parse(text) };
  const texts = Object.values(threatClasses).flatMap(({ lines }): readonly ThreatText[] =>
    Object.values(lines),
  );
  for (const { waitsFor } of texts) {
    if (waitsFor === undefined) continue;
    const [kind = '', name = ''] = waitsFor.split(' ');
    assert.equal(await isThere[kind]?.(name, sight), false, waitsFor);
  }
  const present = {
    endpoint: '/oauth/token',
    grant: 'client_credentials',
    metadata: 'jwks_uri',
    field: 'redirectUris',
    face: 'connect',
  };
  for (const [kind, name] of Object.entries(present)) {
    assert.equal(await isThere[kind]?.(name, sight), true, name);
  }
});
