import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { JsonObject } from '../../src/kernel/encoding.ts';
import type { TestServer } from '../fixtures/running-server.ts';
import { clientScopes } from './face.ts';
import { call, inOneWorld, recordOf, register, startDeclaring } from './world.ts';

interface World {
  readonly server: TestServer;
  readonly token: string;
}

async function open(context: TestContext): Promise<World> {
  const applications = [{ id: 'stock', name: 'Stock', audience: 'https://stock.example/' }];
  const server = await startDeclaring(context, { applications });
  return { server, token: await server.bootstrapToken(clientScopes) };
}

/** A length-delimited field of the protobuf wire format; written by hand, because no library writes what is refused here. */
function field(number: number, ...content: readonly (Uint8Array | string)[]): Buffer<ArrayBuffer> {
  const octets = Buffer.concat(content.map((part) => Buffer.from(part)));
  const length: number[] = [];
  for (let rest = octets.length; ; rest >>>= 7) {
    length.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest);
    if (rest <= 0x7f) break;
  }
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length]), octets]);
}

/** `google.protobuf.Struct` with one entry. */
function struct(key: string, value: Uint8Array): Buffer {
  return field(1, field(1, key), field(2, value));
}

/** A `google.protobuf.Struct` of `depth` levels. */
function nested(depth: number): Buffer {
  return depth === 1 ? struct('a', field(3, 'x')) : struct('a', field(5, nested(depth - 1)));
}

function numberValue(value: number): Buffer {
  return Buffer.from([0x11, ...new Uint8Array(new Float64Array([value]).buffer)]);
}

/** The status of an update over binary. */
async function update({ server, token }: World, body: Buffer<ArrayBuffer>): Promise<number> {
  const response = await fetch(`${server.issuer}/xeonr.auth.api.v1.ClientsService/UpdateClient`, {
    method: 'POST',
    headers: { 'content-type': 'application/proto', authorization: `Bearer ${token}` },
    body,
  });
  await response.body?.cancel();
  return response.status;
}

/** The same, which sets `config` for the application. */
function set(world: World, clientId: string, config: Uint8Array): Promise<number> {
  const binding = field(10, field(1, 'stock'), field(2, field(1, config)));
  return update(world, Buffer.concat([field(1, clientId), binding]));
}

inOneWorld<World>('a configuration that comes over Connect binary', open, {
  'is refused when JSON could not carry it back, and nothing is stored': async (world) => {
    const before = await register(world.server, { name: 'Shop' });
    const refused = {
      'the key __proto__': struct('__proto__', field(5, struct('a', field(3, 'x')))),
      'the key __proto__ within': struct('a', field(5, struct('__proto__', field(3, 'x')))),
      'not a number': struct('a', numberValue(Number.NaN)),
      'an infinite number': struct('a', numberValue(Number.POSITIVE_INFINITY)),
      '29 levels': nested(29),
      '1,000 levels': nested(1000),
    };
    for (const [what, config] of Object.entries(refused)) {
      assert.deepEqual([what, await set(world, before.id, config)], [what, 400]);
    }
    assert.deepEqual(await recordOf(world.server, before.id), before);
  },
  'is accepted as deep as over JSON, and written back over it': async (world) => {
    const { id: clientId } = await register(world.server, { name: 'Shop' });
    assert.equal(await set(world, clientId, nested(28)), 200);
    const { json } = await call(world.server, 'GetClient', { clientId }, { token: world.token });
    const { applicationBindings } = json['Client'] as JsonObject;
    const body = { clientId, applicationBindings };
    const { status } = await call(world.server, 'UpdateClient', body, { token: world.token });
    assert.deepEqual([status, (await recordOf(world.server, clientId)).revision], [200, 2]);
  },
  'is no fault of the server when it cannot be decoded': async (world) => {
    const { id } = await register(world.server, { name: 'Shop' });
    for (const octets of [[0x0a, 0xff], [0xff], [0x0a, 1, 0x80], [0x07], [0x0b]]) {
      assert.equal(await update(world, Buffer.from(octets)), 400);
    }
    assert.equal(await update(world, field(1, id)), 200);
  },
  'means the same number as over JSON': async (world) => {
    const { id } = await register(world.server, { name: 'Shop' });
    await set(world, id, struct('a', numberValue(-0)));
    await set(world, id, struct('a', numberValue(0)));
    const { revision, applicationBindings } = await recordOf(world.server, id);
    assert.deepEqual([revision, applicationBindings[0]?.config], [2, { jsonConfig: { a: 0 } }]);
  },
});
