import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { loginSchemas } from '../../src/admin/login-api/schemas.ts';
import type { JsonObject } from '../../src/kernel/encoding.ts';
import { openDocumented } from '../fixtures/documented-answers.ts';
import { bootstrap } from '../fixtures/running-server.ts';
import { pathOf, root } from '../login-api/world.ts';
import { limits, open, seed } from './target.ts';

const fieldNames = Object.keys(loginSchemas().LoginClientInput['properties'] as JsonObject);

const word = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 100 }).map((text) => text.toWellFormed()),
  fc.constantFrom(
    ...['', 'login', 'backend', 'openid', 'admin', '__proto__', '*', '\u0000', '💥', bootstrap.id],
    ...['https://shop.example/', 'javascript:alert(1)', 'http://localhost', 'a.b:/', 'https://*.example'],
  ),
);

const value = fc.oneof(
  word,
  fc.array(word, { maxLength: 4 }),
  fc.boolean(),
  fc.constant(null),
  fc.jsonValue({ maxDepth: 4 }),
);

const body = fc.oneof(
  fc.dictionary(fc.constantFrom(...fieldNames), value, { maxKeys: 5 }),
  fc.dictionary(fc.constantFrom('name', 'redirectUrls', 'validScopes', 'isValid'), value, { maxKeys: 4 }),
  fc.jsonValue({ maxDepth: 6 }),
);

/** One part of a path, as it is written in an address. */
const part = word
  .map((text) => encodeURIComponent(text))
  .filter((text) => text !== '' && !/^\.+$/.test(text));

test(`whatever an administrator sends to the login API is answered as documented, and is never a fault of the server (seed ${seed})`, async (context) => {
  const { server, canary, faults } = await open(context);
  const token = await server.bootstrapToken('login');
  const send = await openDocumented(server);
  const id = fc.oneof(fc.constantFrom(canary, canary, canary.toUpperCase(), bootstrap.id), part);
  const path = fc.oneof(
    fc.constant(root),
    id.map((client) => pathOf(client)),
    id.map((client) => pathOf(client, 'client-secret')),
    fc.tuple(id, part).map(([client, fingerprint]) => pathOf(client, 'client-secret', fingerprint)),
  );
  const method = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PUT', 'PUT', 'PATCH', 'DELETE', 'OPTIONS');
  await fc.assert(
    fc.asyncProperty(method, path, body, async (verb, to, sent) => {
      // The canary lives, so that there is something to change.
      fc.pre(!(verb === 'DELETE' && to.toLowerCase() === pathOf(canary)));
      const withBody = !['GET', 'HEAD', 'OPTIONS'].includes(verb);
      const { status, text } = await send(verb, to, {
        token,
        ...(withBody && { body: JSON.stringify(sent) }),
      });
      assert.ok(status < 500, text);
    }),
    limits(1_500),
  );
  const shown = await send('GET', pathOf(canary), { token });
  const written = await send('PUT', pathOf(canary), { token, body: shown.json as JsonObject });
  assert.equal(written.status, 200, written.text);
  assert.deepEqual(faults, []);
  assert.equal((await server.requestToken(bootstrap)).status, 200);
});
