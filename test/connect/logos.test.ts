import assert from 'node:assert/strict';
import { get } from 'node:http';
import type { TestContext } from 'node:test';
import sharp, { type Sharp } from 'sharp';
import { startTestServer, type TestServer } from '../fixtures/running-server.ts';
import { clientScopes, connectService, type Service } from './face.ts';
import { call, inOneWorld, outcomeOf, recordOf, register } from './world.ts';

interface World {
  readonly server: TestServer;
  readonly token: string;
  readonly admin: Service;
}

async function open(context: TestContext): Promise<World> {
  const server = await startTestServer(context);
  const token = await server.bootstrapToken(clientScopes);
  return { server, token, admin: connectService(server, token, true) };
}

function square(side: number, background = 'red'): Sharp {
  return sharp({ create: { width: side, height: side, channels: 3, background } });
}

/** Every type that is accepted: its extension, and how an image is written in it. */
const types: Readonly<Record<string, readonly [extension: string, encode: (image: Sharp) => Sharp]>> = {
  'image/png': ['png', (image) => image.png()],
  'image/jpeg': ['jpg', (image) => image.jpeg()],
  'image/webp': ['webp', (image) => image.webp()],
  'image/gif': ['gif', (image) => image.gif()],
};

async function pngOf(image: Sharp): Promise<Buffer> {
  return image.png().toBuffer();
}

async function upload(
  { admin }: World,
  clientId: string,
  logoData: Uint8Array,
  contentType = 'image/png',
): Promise<string> {
  const { logoUrl } = await admin.uploadClientLogo({ clientId, logoData, contentType });
  return logoUrl;
}

async function newClient({ server }: World): Promise<string> {
  return (await register(server, { name: 'Shop' })).id;
}

async function load(url: string): Promise<{ readonly response: Response; readonly octets: Buffer }> {
  const response = await fetch(url);
  return { response, octets: Buffer.from(await response.arrayBuffer()) };
}

async function statusOf(url: string, method = 'GET'): Promise<number> {
  const response = await fetch(url, { method });
  await response.body?.cancel();
  return response.status;
}

/** The status for a path that is sent as it is, without the normalisation of a URL parser. */
function statusOfPath({ server }: World, path: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const { hostname, port } = new URL(server.issuer);
  get({ hostname, port, path }, (response) => {
    response.resume().on('end', () => resolve(response.statusCode ?? 0));
  }).on('error', reject);
  return promise;
}

/** What a logo is served with. */
const servedHeaders = {
  'cache-control': 'public, max-age=31536000, immutable',
  'content-security-policy': "default-src 'none'; sandbox",
  'cross-origin-resource-policy': 'cross-origin',
  'x-content-type-options': 'nosniff',
  'set-cookie': null,
};

async function assertServed(world: World, clientId: string, url: string, mediaType: string): Promise<void> {
  const [extension = ''] = types[mediaType] ?? [];
  const path = new RegExp(`^${world.server.issuer}/logos/[0-9a-f]{64}/${clientId}\\.${extension}$`);
  assert.match(url, path);
  const { response, octets } = await load(url);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), mediaType);
  for (const [name, value] of Object.entries(servedHeaders)) {
    assert.equal(response.headers.get(name), value, name);
  }
  const { format, width } = await sharp(octets).metadata();
  assert.deepEqual([`image/${format}`, width], [mediaType, 8]);
}

inOneWorld<World>('logos', open, {
  // against: logos/served
  'every type is uploaded over JSON and served': async (world) => {
    for (const [contentType, [, encode]] of Object.entries(types)) {
      const clientId = await newClient(world);
      const logoData = (await encode(square(8)).toBuffer()).toString('base64');
      const body = { clientId, logoData, contentType };
      const { status, json } = await call(world.server, 'UploadClientLogo', body, { token: world.token });
      assert.deepEqual([status, Object.keys(json)], [200, ['logoUrl']]);
      await assertServed(world, clientId, String(json['logoUrl']), contentType);
    }
  },
  'every type is uploaded over binary and served': async (world) => {
    for (const [contentType, [, encode]] of Object.entries(types)) {
      const clientId = await newClient(world);
      const url = await upload(world, clientId, await encode(square(8)).toBuffer(), contentType);
      await assertServed(world, clientId, url, contentType);
    }
  },
  'the logo is shown wherever the client is': async (world) => {
    const clientId = await newClient(world);
    const url = await upload(world, clientId, await pngOf(square(8)));
    assert.equal((await world.admin.getClient({ clientId })).client?.logoUrl, url);
    const { clients } = await world.admin.listClients({});
    assert.equal(clients.find((client) => client.clientId === clientId)?.logoUrl, url);
    const anyone = connectService(world.server, null);
    const seen = await anyone.getPublicClients({ clientId: [clientId] });
    assert.equal(seen.clients[clientId]?.logoUrl, url);
  },
  'another image has another URL, and the old one is gone': async (world) => {
    const clientId = await newClient(world);
    const first = await upload(world, clientId, await pngOf(square(8, 'red')));
    const second = await upload(world, clientId, await pngOf(square(8, 'blue')));
    assert.notEqual(second, first);
    assert.deepEqual([await statusOf(first), await statusOf(second)], [404, 200]);
  },
  'the same image again changes nothing': async (world) => {
    const clientId = await newClient(world);
    const image = await pngOf(square(8));
    const first = await upload(world, clientId, image);
    const before = await recordOf(world.server, clientId);
    assert.equal(await upload(world, clientId, image), first);
    assert.deepEqual(await recordOf(world.server, clientId), before);
  },
  'an image is gone once the client names none, another, or is deleted': async (world) => {
    const ends: readonly ((clientId: string) => Promise<unknown>)[] = [
      (clientId) => world.admin.updateClient({ clientId, logoUrl: '', updateMask: { paths: ['logo_url'] } }),
      (clientId) => world.admin.updateClient({ clientId, updateMask: { paths: ['logo_url'] } }),
      (clientId) => world.admin.updateClient({ clientId, logoUrl: 'https://shop.example/logo.png' }),
      (clientId) => world.admin.deleteClient({ clientId }),
    ];
    for (const end of ends) {
      const clientId = await newClient(world);
      const url = await upload(world, clientId, await pngOf(square(8)));
      await end(clientId);
      assert.equal(await statusOf(url), 404);
    }
  },
  'other changes of the client leave its image': async (world) => {
    const clientId = await newClient(world);
    const url = await upload(world, clientId, await pngOf(square(8)));
    await world.admin.updateClient({ clientId, name: 'Store', logoUrl: url });
    assert.deepEqual(
      [await statusOf(url), (await recordOf(world.server, clientId)).logo?.kind],
      [200, 'uploaded'],
    );
  },
  // against: logos/bombs
  'an animation becomes its first frame': async (world) => {
    const frames = await Promise.all(['red', 'lime'].map((colour) => pngOf(square(8, colour))));
    const animation = sharp(frames, { join: { animated: true } });
    for (const [contentType, octets] of [
      ['image/gif', await animation.clone().gif().toBuffer()],
      ['image/webp', await animation.clone().webp({ lossless: true }).toBuffer()],
    ] as const) {
      assert.equal((await sharp(octets).metadata()).pages, 2);
      const { octets: served } = await load(await upload(world, await newClient(world), octets, contentType));
      const { pages = 1, height } = await sharp(served, { pages: -1 }).metadata();
      const [red, green] = await sharp(served).raw().toBuffer();
      assert.deepEqual([pages, height, Number(red) > 200, Number(green) < 50], [1, 8, true, true]);
    }
  },
  // against: logos/content
  'metadata and what follows an image are not kept': async (world) => {
    const image = square(8).withExif({ IFD0: { Copyright: 'where-it-was-taken' } });
    const polyglot = Buffer.concat([await image.jpeg().toBuffer(), Buffer.from('<script>alert(1)</script>')]);
    const { octets } = await load(await upload(world, await newClient(world), polyglot, 'image/jpeg'));
    const text = octets.toString('latin1');
    assert.equal(text.includes('where-it-was-taken') || text.includes('script'), false);
    assert.equal((await sharp(octets).metadata()).exif, undefined);
  },
  '512 by 512 pixels are accepted': async (world) => {
    assert.equal(await statusOf(await upload(world, await newClient(world), await pngOf(square(512)))), 200);
  },
});

inOneWorld<World>('refused logos', open, {
  // against: logos/type
  'what is no image of the declared type within the limits is refused, and the logo stays': async (world) => {
    const clientId = await newClient(world);
    const url = await upload(world, clientId, await pngOf(square(8)));
    const before = await recordOf(world.server, clientId);
    const png = await pngOf(square(64));
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');
    const [badType, badData] = ['invalid_argument contentType', 'invalid_argument logoData'];
    const rows: readonly (readonly [what: string, octets: Uint8Array, type: string, outcome: string])[] = [
      ['a PNG declared as JPEG', png, 'image/jpeg', badType],
      ['a PNG declared as GIF', png, 'image/gif', badType],
      ['an SVG', svg, 'image/svg+xml', badType],
      ['an SVG declared as PNG', svg, 'image/png', badType],
      ['a type with a parameter', png, 'image/png; charset=utf-8', badType],
      ['a type in upper case', png, 'IMAGE/PNG', badType],
      ['no type', png, '', badType],
      ['a type of an object', png, 'constructor', badType],
      ['nothing', new Uint8Array(), 'image/png', badType],
      ['a signature alone', png.subarray(0, 16), 'image/png', badData],
      ['a truncated image', png.subarray(0, png.length - 30), 'image/png', badData],
      ['513 pixels', await pngOf(square(513)), 'image/png', badData],
      ['513 pixels in one direction', await pngOf(square(8).resize(513, 1)), 'image/png', badData],
      ['over 2 MiB', Buffer.concat([png, Buffer.alloc(2 * 1024 * 1024)]), 'image/png', badData],
    ];
    for (const [what, logoData, contentType, expected] of rows) {
      const outcome = await outcomeOf(world.admin.uploadClientLogo({ clientId, logoData, contentType }));
      assert.deepEqual([what, outcome], [what, expected]);
    }
    assert.deepEqual(await recordOf(world.server, clientId), before);
    assert.equal(await statusOf(url), 200);
  },
  'exactly 2 MiB is within the limit, over JSON too': async (world) => {
    const clientId = await newClient(world);
    const png = await pngOf(square(8));
    const largest = Buffer.concat([png, Buffer.alloc(2 * 1024 * 1024 - png.length)]);
    const body = { clientId, logoData: largest.toString('base64'), contentType: 'image/png' };
    const { status, text } = await call(world.server, 'UploadClientLogo', body, { token: world.token });
    assert.equal(status, 200, text);
  },
  'what is not base64 is refused': async (world) => {
    const body = { clientId: await newClient(world), logoData: '<svg>', contentType: 'image/png' };
    const { status, json } = await call(world.server, 'UploadClientLogo', body, { token: world.token });
    assert.deepEqual([status, json['code']], [400, 'invalid_argument']);
  },
  // against: logos/served
  'no path but the one that was answered serves an image': async (world) => {
    const [clientId, other] = [await newClient(world), await newClient(world)];
    const { pathname } = new URL(await upload(world, clientId, await pngOf(square(8))));
    const [, , hash = ''] = pathname.split('/');
    assert.equal(await statusOfPath(world, pathname), 200);
    const paths = [
      `/logos/${hash}/${clientId}.jpg`,
      `/logos/${hash}/${clientId}.svg`,
      `/logos/${hash}/${clientId}.html`,
      `/logos/${hash}/${clientId}.PNG`,
      `/logos/${hash}/${clientId}.png/`,
      `/logos/${hash}/${clientId}.png.html`,
      `/logos/${hash}/${clientId}.constructor`,
      `/logos/${hash}/${clientId}`,
      `/logos/${hash}/${clientId}.`,
      `/logos/${hash}/${clientId.toUpperCase()}.png`,
      `/logos/${hash}/${other}.png`,
      `/logos/${hash.toUpperCase()}/${clientId}.png`,
      `/logos/${'0'.repeat(64)}/${clientId}.png`,
      `/logos/%25/${clientId}.png`,
      `/logos//${clientId}.png`,
      `/logos/${hash}/..%2f..%2fclientele.sqlite`,
      `/logos/../data/clientele.sqlite`,
      `/logos/${hash}/%00.png`,
      `/logos/${hash}/${clientId}.png%00.html`,
      `/logos/${hash}/${encodeURIComponent("' OR 1=1 --")}.png`,
      '/logos/',
    ];
    for (const path of paths) {
      assert.deepEqual([path, await statusOfPath(world, path)], [path, 404]);
    }
    assert.equal(await statusOfPath(world, `/logos/${hash}/%ff.png`), 400);
    assert.equal(await statusOf(`${world.server.issuer}${pathname}`, 'POST'), 405);
    assert.equal(await statusOf(`${world.server.issuer}${pathname}`, 'HEAD'), 200);
  },
});
