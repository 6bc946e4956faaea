import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { crc32, deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { createLogoReader, LogoError, type LogoFault, type LogoReader } from './logo-image.ts';

const readLogo = createLogoReader();

const red = { r: 255, g: 0, b: 0 };
const blue = { r: 0, g: 0, b: 255 };

function blank(width: number, height: number, background = red): Sharp {
  return sharp({ create: { width, height, channels: 3, background } });
}

/** Does not compress, so that a cut falls into pixels. */
function noise(width: number, height: number): Sharp {
  return sharp({
    create: {
      width,
      height,
      channels: 3,
      background: red,
      noise: { type: 'gaussian', mean: 128, sigma: 40 },
    },
  });
}

const encoders = {
  'image/png': (image: Sharp) => image.png().toBuffer(),
  'image/jpeg': (image: Sharp) => image.jpeg().toBuffer(),
  'image/webp': (image: Sharp) => image.webp().toBuffer(),
  'image/gif': (image: Sharp) => image.gif().toBuffer(),
} as const;
type MediaType = keyof typeof encoders;
const mediaTypes = Object.keys(encoders) as MediaType[];
const extensions = { 'image/png': 'png', 'image/jpeg': 'jpg', 'image/webp': 'webp', 'image/gif': 'gif' };

async function assertRefused(
  octets: Uint8Array,
  declaredMediaType: string,
  code: LogoFault,
  read = readLogo,
) {
  await assert.rejects(read({ octets, declaredMediaType }), (error) => {
    assert.ok(error instanceof LogoError);
    assert.equal(error.code, code, error.message);
    return true;
  });
}

async function centre(octets: Uint8Array): Promise<readonly number[]> {
  const { data, info } = await sharp(octets).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const at = (Math.floor(info.height / 2) * info.width + Math.floor(info.width / 2)) * info.channels;
  return [...data.subarray(at, at + 3)];
}

for (const mediaType of mediaTypes) {
  test(`${mediaType}: an image of 512 by 512 pixels is kept in its type, named by its content`, async () => {
    const octets = await encoders[mediaType](blank(512, 512));
    const logo = await readLogo({ octets, declaredMediaType: mediaType });
    const { format, width, height } = await sharp(logo.octets).metadata();
    assert.deepEqual([`image/${format}`, width, height], [mediaType, 512, 512]);
    assert.equal(logo.mediaType, mediaType);
    assert.equal(logo.extension, extensions[mediaType]);
    assert.equal(logo.hash, createHash('sha256').update(logo.octets).digest('hex'));
    assert.deepEqual(await readLogo({ octets, declaredMediaType: mediaType }), logo);
  });

  test(`${mediaType}: one pixel more on either side is refused`, async () => {
    for (const [width, height] of [
      [513, 1],
      [1, 513],
    ] as const) {
      await assertRefused(await encoders[mediaType](blank(width, height)), mediaType, 'too_many_pixels');
    }
  });

  // against: logos/content
  test(`${mediaType}: a truncated image is refused`, async () => {
    const octets = await encoders[mediaType](noise(200, 200));
    for (const share of [0.9, 0.5, 0.1]) {
      await assertRefused(octets.subarray(0, Math.floor(octets.length * share)), mediaType, 'unreadable');
    }
    await assertRefused(octets.subarray(0, 16), mediaType, 'unreadable');
  });

  // against: logos/type
  test(`${mediaType}: an image of another type is refused`, async () => {
    for (const other of mediaTypes.filter((type) => type !== mediaType)) {
      await assertRefused(await encoders[other](blank(8, 8)), mediaType, 'type_mismatch');
    }
  });

  test(`${mediaType}: a page of HTML behind the image is dropped`, async () => {
    const tail = Buffer.from('<!doctype html><script>alert(document.domain)</script>');
    const octets = Buffer.concat([await encoders[mediaType](blank(32, 32)), tail]);
    const logo = await readLogo({ octets, declaredMediaType: mediaType });
    assert.equal(Buffer.from(logo.octets).includes('script'), false);
  });
}

test('metadata is removed, and the orientation that it named is applied', async () => {
  for (const mediaType of ['image/jpeg', 'image/png', 'image/webp'] as const) {
    const tagged = blank(40, 20)
      .withMetadata({ orientation: 6 })
      .withExifMerge({ IFD0: { Copyright: 'secret place' } });
    const octets = await encoders[mediaType](tagged);
    assert.ok(octets.includes('secret place'));
    const logo = await readLogo({ octets, declaredMediaType: mediaType });
    const { width, height, orientation, exif, icc } = await sharp(logo.octets).metadata();
    assert.deepEqual(
      { width, height, orientation, exif, icc },
      { width: 20, height: 40, orientation: undefined, exif: undefined, icc: undefined },
    );
    assert.equal(Buffer.from(logo.octets).includes('secret place'), false);
  }
});

test('an animation becomes its first frame', async () => {
  const frames = [await blank(24, 24, red).png().toBuffer(), await blank(24, 24, blue).png().toBuffer()];
  for (const mediaType of ['image/gif', 'image/webp'] as const) {
    const octets = await encoders[mediaType](sharp(frames, { join: { animated: true } }));
    assert.equal((await sharp(octets).metadata()).pages, 2);
    const logo = await readLogo({ octets, declaredMediaType: mediaType });
    const { pages = 1, width, height } = await sharp(logo.octets).metadata();
    assert.deepEqual([pages, width, height], [1, 24, 24]);
    const [r = 0, , b = 0] = await centre(logo.octets);
    assert.ok(r > 200 && b < 50);
  }
});

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

function uint32s(...values: readonly number[]): Buffer {
  const octets = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) octets.writeUInt32BE(value, index * 4);
  return octets;
}

const pngSignature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
const truecolour = Buffer.from([8, 2, 0, 0, 0]);

function rows(width: number, height: number, pixel: readonly number[]): Buffer {
  const row = Buffer.from([0, ...Array.from({ length: width }, () => pixel).flat()]);
  return deflateSync(Buffer.concat(Array.from({ length: height }, () => row)));
}

// against: logos/bombs
test('an animated PNG becomes its first frame', async () => {
  const control = (sequence: number) =>
    Buffer.concat([uint32s(sequence, 4, 4, 0, 0), Buffer.from([0, 1, 0, 10, 0, 0])]);
  const octets = Buffer.concat([
    pngSignature,
    chunk('IHDR', Buffer.concat([uint32s(4, 4), truecolour])),
    chunk('acTL', uint32s(2, 0)),
    chunk('fcTL', control(0)),
    chunk('IDAT', rows(4, 4, [255, 0, 0])),
    chunk('fcTL', control(1)),
    chunk('fdAT', Buffer.concat([uint32s(2), rows(4, 4, [0, 0, 255])])),
    chunk('IEND', Buffer.alloc(0)),
  ]);
  const logo = await readLogo({ octets, declaredMediaType: 'image/png' });
  assert.equal(Buffer.from(logo.octets).includes('acTL'), false);
  assert.deepEqual(await centre(logo.octets), [255, 0, 0]);
});

// against: logos/bombs
test('a small file that claims a huge image is refused before it is decoded', async () => {
  const octets = Buffer.concat([
    pngSignature,
    chunk('IHDR', Buffer.concat([uint32s(50_000, 50_000), truecolour])),
    chunk('IDAT', deflateSync(Buffer.alloc(1_000_000))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
  assert.ok(octets.length < 2_000);
  await assertRefused(octets, 'image/png', 'too_many_pixels');
});

test('a file of more than 2 MiB is refused, and one of exactly 2 MiB is read', async () => {
  const image = await blank(8, 8).jpeg().toBuffer();
  const padded = (length: number) => Buffer.concat([image, Buffer.alloc(length - image.length)]);
  await assertRefused(padded(2 * 1024 * 1024 + 1), 'image/jpeg', 'too_large');
  const logo = await readLogo({ octets: padded(2 * 1024 * 1024), declaredMediaType: 'image/jpeg' });
  assert.ok(logo.octets.byteLength < 2_000);
});

// against: logos/type
test('SVG, HTML and nothing are refused under every type', async () => {
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');
  const html = Buffer.from('<!doctype html><script>alert(1)</script>');
  for (const octets of [svg, html, Buffer.alloc(0)]) {
    for (const mediaType of mediaTypes) await assertRefused(octets, mediaType, 'type_mismatch');
    for (const mediaType of ['image/svg+xml', 'text/html', 'IMAGE/PNG', '']) {
      await assertRefused(octets, mediaType, 'unsupported_type');
    }
  }
});

// against: logos/bombs
test('uploads beyond the queue are refused, and those in it are read in turn', async () => {
  const octets = await blank(64, 64).png().toBuffer();
  const read: LogoReader = createLogoReader({ concurrency: 1, queue: 2 });
  const upload = { octets, declaredMediaType: 'image/png' };
  const admitted = [read(upload), read(upload), read(upload)];
  await assertRefused(octets, 'image/png', 'busy', read);
  const hashes = (await Promise.all(admitted)).map(({ hash }) => hash);
  assert.equal(new Set(hashes).size, 1);
  await read(upload);
});

test('a refused image frees its place', async () => {
  const read = createLogoReader({ concurrency: 1, queue: 0 });
  const octets = await blank(513, 1).png().toBuffer();
  await assertRefused(octets, 'image/png', 'too_many_pixels', read);
  await assertRefused(octets, 'image/png', 'too_many_pixels', read);
});
