import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Code, ConnectError } from '@connectrpc/connect';
import { UpdateClientRequestSchema } from '../../gen/xeonr/auth/api/v1/clients_service_pb.ts';
import { readConnectJson } from './connect-json.ts';

function read(body: unknown) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return readConnectJson(new TextEncoder().encode(text), UpdateClientRequestSchema);
}

function assertRefused(body: string | Uint8Array, message: RegExp) {
  const octets = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  assert.throws(
    () => readConnectJson(octets, UpdateClientRequestSchema),
    (error) =>
      error instanceof ConnectError && error.code === Code.InvalidArgument && message.test(error.rawMessage),
  );
}

const pathsOf = (updateMask: unknown) => read({ updateMask }).masks.get('updateMask');

test('every documented form of an update mask gives its paths as they were written', () => {
  const camel = ['logoUrl', 'allowedDelegators'];
  const snake = ['logo_url', 'allowed_delegators'];
  for (const [mask, expected] of [
    ['logoUrl,allowedDelegators', camel],
    ['logo_url,allowed_delegators', snake],
    [' logoUrl , allowedDelegators ', camel],
    [{ paths: ['logo_url', 'allowed_delegators'] }, snake],
  ] as const) {
    assert.deepEqual(pathsOf(mask), expected);
    assert.deepEqual(read({ update_mask: mask }).masks.get('updateMask'), expected);
  }
});

test('wrong paths reach the method as they were written', () => {
  const paths = ['clientId', 'LogoUrl', 'logo__url', 'name.value', 'x y', '*', '', 'constructor'];
  assert.deepEqual(pathsOf(paths.join(',')), paths);
  assert.deepEqual(pathsOf({ paths }), paths);
});

test('a mask without paths is an empty mask', () => {
  for (const mask of ['', ' ', {}, { paths: [] }]) assert.deepEqual(pathsOf(mask), []);
});

test('the mask is taken out of the message, the rest stays', () => {
  const { json } = read({ clientId: 'c', updateMask: 'name', name: 'n' });
  assert.deepEqual(json, { clientId: 'c', name: 'n' });
});

test('a mask of another form is refused, and null is none', () => {
  for (const updateMask of [1, true, [], ['name'], { paths: 'name' }, { paths: [1] }, { path: ['name'] }]) {
    assertRefused(JSON.stringify({ updateMask }), /^updateMask must be a string of field names/);
  }
  assert.equal(read({ updateMask: null }).masks.size, 0);
});

test('what two readers may understand differently is refused', () => {
  assertRefused('{"name": "a", "name": "b"}', /^duplicate key at line 1, column 15$/);
  assertRefused(
    '{"updateMask": "", "update_mask": ""}',
    /^updateMask is given twice, also as "update_mask"$/,
  );
  assertRefused('{"clientId": "", "client_id": ""}', /^clientId is given twice/);
  assertRefused('{"__proto__": {}}', /^forbidden key/);
  assertRefused('', /^value expected/);
  assertRefused(Uint8Array.of(0x22, 0xff, 0x22), /^the body is not UTF-8$/);
  assertRefused(Buffer.from('\ufeff{}'), /^value expected/);
});
