import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientScopes } from '../connect/face.ts';
import { startTestServer } from '../fixtures/running-server.ts';
import {
  basic,
  connectRoutes,
  form,
  formRoutes,
  isRefusal,
  send,
  servicePath,
  withstands,
} from './attack.ts';

// against: administration/bodies
test('__proto__, duplicate keys and deep nesting are refused at every route, and nothing is polluted', async (context) => {
  const server = await startTestServer(context);
  const token = await server.bootstrapToken(clientScopes);
  const json = [
    '{"__proto__":{"administrator":true},"name":"x","hasSecret":true}',
    '{"name":"x","name":"y","hasSecret":true}',
    '{"name":"x","hasSecret":true,"applicationBindings":[{"applicationId":"a","config":{"jsonConfig":{"__proto__":{"a":1}}}}]}',
    `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`,
    `${'['.repeat(200_000)}`,
  ];
  const forms = [
    '__proto__=1&__proto__=2',
    'grant_type=client_credentials&grant_type=client_credentials',
    `grant_type=client_credentials&${'a[b]'.repeat(2000)}=1&a=1&a=2`,
    Array.from({ length: 500 }, (_, index) => `p${index}=1`).join('&'),
  ];
  const attacks = [
    ...json.map((body) => ({ contentType: 'application/json', body })),
    ...forms.map((body) => ({ contentType: form, body })),
  ];
  await withstands(server, async () => {
    for (const path of [...formRoutes, ...connectRoutes]) {
      const authorization = path.startsWith('/oauth') ? basic : `Bearer ${token}`;
      for (const { contentType, body } of attacks) {
        const answer = await send(server, path, {
          headers: { 'content-type': contentType, authorization },
          body,
        });
        assert.ok(isRefusal(answer.status), `${path} ${answer.status} ${body.slice(0, 50)}`);
        assert.ok(answer.text === '' || JSON.parse(answer.text));
      }
    }
  });
  assert.equal(Object.hasOwn(Object.prototype, 'administrator'), false);
});

// against: administration/bodies
test('a binary message of any depth is refused or served, and never a fault of the server', async (context) => {
  const server = await startTestServer(context);
  const token = await server.bootstrapToken(clientScopes);
  const post = (body: Uint8Array<ArrayBuffer>) =>
    send(server, `${servicePath}/CreateClient`, {
      headers: { 'content-type': 'application/proto', authorization: `Bearer ${token}` },
      body,
    });
  const withConfig = (encoded: Uint8Array) =>
    delimited(12, delimited(2, delimited(1, delimited(1, encoded))));
  await withstands(server, async () => {
    for (const depth of [40, 5_000, 100_000]) {
      const nested = withConfig(
        Buffer.concat([delimited(1, Buffer.from('k')), delimited(2, nestedLists(depth))]),
      );
      const groups = Buffer.concat(
        [Buffer.alloc(depth, 0xfb), Buffer.alloc(depth, 0xfc)].map((part) => Buffer.from(part)),
      );
      for (const body of [nested, groups]) {
        const { status } = await post(Uint8Array.from(body));
        assert.ok(status >= 400 && status < 500, `${depth}: ${status}`);
      }
    }
  });
  assert.equal(Object.hasOwn(Object.prototype, 'k'), false);
});

function varint(value: number): readonly number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

/** A length-delimited protobuf field. */
function delimited(field: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([(field << 3) | 2, ...varint(content.length)]), content]);
}

/** A `google.protobuf.Value` of lists in lists, written from the inside out. */
function nestedLists(depth: number): Buffer {
  const parts = [Buffer.from([0x08, 0x00])];
  let length = 2;
  for (let level = 0; level < depth; level++) {
    for (const tag of [0x0a, 0x32]) {
      const head = Buffer.from([tag, ...varint(length)]);
      parts.push(head);
      length += head.length;
    }
  }
  return Buffer.concat(parts.toReversed());
}
