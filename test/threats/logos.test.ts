import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { clientScopes, connectService } from '../connect/face.ts';
import { outcomeOf, recordOf, register } from '../connect/world.ts';
import { startTestServer } from '../fixtures/running-server.ts';
import { everyRoute, send, withstands } from './attack.ts';

/** A client with a logo, and an administrator who gives it another. */
async function open(context: TestContext) {
  const server = await startTestServer(context);
  const { id: clientId } = await register(server, { name: 'Shop' });
  const service = connectService(server, await server.bootstrapToken(clientScopes), true);
  const upload = (logoData: Uint8Array, contentType: string) =>
    service.uploadClientLogo({ clientId, logoData, contentType });
  return { server, clientId, upload };
}

const square = sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } });
const script = '<script>alert(document.domain)</script>';

/** A chunk of a PNG. */
function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** A PNG that says it is so large, with the compressed `pixels` for it. */
function pngOf(width: number, height: number, pixels: Buffer, ...chunks: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const parts = [chunk('IHDR', head), ...chunks, chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([signature, ...parts]);
}

const emptyRows = (width: number, height: number): Buffer =>
  deflateSync(Buffer.alloc((width * 3 + 1) * height));

/** A GIF of so many frames, of which each covers `side` by `side` pixels and holds next to nothing. */
function gifOf(side: number, frames: number): Buffer {
  const size = Buffer.alloc(2);
  size.writeUInt16LE(side);
  const screen = Buffer.concat([
    Buffer.from('GIF89a'),
    size,
    size,
    Buffer.from([0x80, 0, 0, 0, 0, 0, 255, 255, 255]),
  ]);
  const frame = Buffer.concat([
    Buffer.from([0x2c, 0, 0, 0, 0]),
    size,
    size,
    Buffer.from([0, 2, 2, 0x4c, 0x01, 0]),
  ]);
  return Buffer.concat([screen, ...Array<Buffer>(frames).fill(frame), Buffer.from([0x3b])]);
}

// against: logos/bombs
test('a small file of a huge image is refused in every form, and the server goes on', async (context) => {
  const { server, clientId, upload } = await open(context);
  const before = await recordOf(server, clientId);
  const bombs: Readonly<Record<string, readonly [Buffer, string]>> = {
    'as many pixels as a PNG can claim': [pngOf(2 ** 31 - 1, 2 ** 31 - 1, emptyRows(1, 1)), 'image/png'],
    'pixels that are there, all zeros': [pngOf(4_000, 4_000, emptyRows(4_000, 4_000)), 'image/png'],
    'one row': [pngOf(2 ** 24, 1, emptyRows(2 ** 24, 1)), 'image/png'],
    'no pixels': [pngOf(0, 0, emptyRows(1, 1)), 'image/png'],
    'a canvas that the first frame does not need': [gifOf(65_535, 1), 'image/gif'],
    'a large animation': [gifOf(60_000, 20_000), 'image/gif'],
  };
  await withstands(server, async () => {
    for (const [name, [octets, type]] of Object.entries(bombs)) {
      assert.ok(octets.length < 2 * 1024 * 1024, `${name}: ${octets.length}`);
      assert.equal(await outcomeOf(upload(octets, type)), 'invalid_argument logoData', name);
    }
    const attempts = Array.from({ length: 50 }, () => outcomeOf(upload(gifOf(60_000, 1_000), 'image/gif')));
    const outcomes = new Set(await Promise.all(attempts));
    outcomes.delete('resource_exhausted');
    assert.deepEqual([...outcomes], ['invalid_argument logoData']);
  });
  assert.deepEqual(await recordOf(server, clientId), before);
});

// against: logos/bombs
test('of an image whose metadata unpacks to 100 MB nothing but the image is kept', async (context) => {
  const { server, upload } = await open(context);
  const packed = deflateSync(Buffer.alloc(100 * 1024 * 1024));
  const text = chunk('zTXt', Buffer.concat([Buffer.from('Comment\0\0', 'latin1'), packed]));
  const profile = chunk('iCCP', Buffer.concat([Buffer.from('icc\0\0', 'latin1'), packed]));
  for (const bomb of [pngOf(8, 8, emptyRows(8, 8), text), pngOf(8, 8, emptyRows(8, 8), profile)]) {
    const outcome = await upload(bomb, 'image/png').then(
      async ({ logoUrl }) => Number((await fetch(logoUrl)).headers.get('content-length')) < 1_000,
      (error) => /logoData/.test(String(error.message)) || error,
    );
    assert.equal(outcome, true);
  }
  assert.equal((await send(server, '/health/ready', { method: 'GET' })).status, 200);
});

// against: logos/type
test('what is no PNG, JPEG, WebP or GIF at its first octet is no logo, whatever it is called', async (context) => {
  const { server, upload } = await open(context);
  const png = await square.clone().png().toBuffer();
  const texts = {
    svg: '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    'svg behind a space': ' \n<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    'svg behind a byte order mark': '\ufeff<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
    html: `<!doctype html>${script}`,
    pdf: '%PDF-1.7\n',
    mvg: 'push graphic-context\nimage over 0,0 0,0 "https://evil.example/x"\npop graphic-context',
    'the beginning of a GIF': `GIF89a/*${script}*/`,
    'the beginning of a WebP': `RIFF\u0010\0\0\0WEBP${script}`,
  };
  const others = {
    'a page in front of an image': Buffer.concat([Buffer.from(script), png]),
    'one octet in front of an image': Buffer.concat([Buffer.from('\n'), png]),
    avif: await square.clone().avif().toBuffer(),
    tiff: await square.clone().tiff().toBuffer(),
    ...Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, Buffer.from(text)])),
  };
  await withstands(server, async () => {
    for (const [name, octets] of Object.entries(others)) {
      for (const type of [
        'image/png',
        'image/jpeg',
        'image/webp',
        'image/gif',
        'image/svg+xml',
        'text/html',
      ]) {
        const outcome = await outcomeOf(upload(octets, type));
        assert.match(outcome, /^invalid_argument (contentType|logoData)$/, `${name} as ${type}`);
      }
    }
  });
});

// against: logos/content, logos/served
test('a polyglot is served as the image alone, so that a browser never reads the rest', async (context) => {
  const { upload } = await open(context);
  const polyglots = {
    'image/jpeg': Buffer.concat([
      await square
        .clone()
        .withExif({ IFD0: { ImageDescription: script } })
        .jpeg()
        .toBuffer(),
      Buffer.from(script),
    ]),
    'image/png': pngOf(8, 8, emptyRows(8, 8), chunk('tEXt', Buffer.from(`Comment\0${script}`, 'latin1'))),
    'image/gif': Buffer.concat([await square.clone().gif().toBuffer(), Buffer.from(script)]),
    'image/webp': Buffer.concat([await square.clone().webp().toBuffer(), Buffer.from(script)]),
  };
  for (const [type, octets] of Object.entries(polyglots)) {
    assert.ok(octets.includes(script), type);
    const { logoUrl } = await upload(octets, type);
    const response = await fetch(logoUrl, { headers: { cookie: 'session=1', accept: 'text/html' } });
    const served = Buffer.from(await response.arrayBuffer());
    assert.ok(!served.includes('script'), type);
    const { headers } = response;
    assert.deepEqual(
      ['content-type', 'x-content-type-options', 'content-security-policy', 'set-cookie'].map((name) =>
        headers.get(name),
      ),
      [type, 'nosniff', "default-src 'none'; sandbox", null],
    );
    assert.ok(logoUrl.includes(createHash('sha256').update(served).digest('hex')), 'named by its content');
  }
});

// against: logos/served
test('no answer of any other route is an image, and none takes the place of a logo', async (context) => {
  const { server } = await open(context);
  for (const path of everyRoute) {
    const { headers } = await send(server, path, { method: 'GET' });
    assert.doesNotMatch(headers.get('content-type') ?? '', /image|svg|html/, path);
    assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
  }
});
