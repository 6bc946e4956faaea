import { createHash } from 'node:crypto';
import type { Sharp } from 'sharp';
import type { Logo } from '../clients/client.ts';
import type { LogoImage } from '../clients/store.ts';
import { createTurns } from '../kernel/turns.ts';

/** Why an image is refused. `busy`: too many are being read at this moment. */
export type LogoFault =
  | 'unsupported_type'
  | 'type_mismatch'
  | 'too_large'
  | 'too_many_pixels'
  | 'unreadable'
  | 'busy';

/** A refused image. The message is for the caller. */
export class LogoError extends Error {
  override readonly name = 'LogoError';
  readonly code: LogoFault;

  constructor(code: LogoFault, message: string) {
    super(message);
    this.code = code;
  }
}

/** An image as it was sent. */
export interface LogoUpload {
  readonly octets: Uint8Array;
  readonly declaredMediaType: string;
}

/** An image that is safe to keep and to serve. */
export interface LogoFile extends LogoImage {
  readonly extension: Extract<Logo, { readonly kind: 'uploaded' }>['extension'];
}

/**
 * Checks an image and writes it anew: the first frame, upright, without metadata or anything that follows the image.
 *
 * @throws LogoError
 */
export type LogoReader = (upload: LogoUpload) => Promise<LogoFile>;

const maxOctets = 2 * 1024 * 1024;
const maxSide = 512;
const timeoutSeconds = 10;

interface ImageType {
  readonly extension: LogoFile['extension'];
  /** The decoder's name for it. */
  readonly format: string;
  /** As Latin-1; a dot stands for any octet. */
  readonly magic: RegExp;
  readonly encode: (image: Sharp) => Sharp;
}

const imageTypes: ReadonlyMap<string, ImageType> = new Map([
  [
    'image/png',
    { extension: 'png', format: 'png', magic: /^\x89PNG\r\n\cZ\n/, encode: (image) => image.png() },
  ],
  [
    'image/jpeg',
    {
      extension: 'jpg',
      format: 'jpeg',
      magic: /^\xff\xd8\xff/,
      encode: (image) => image.jpeg({ quality: 90 }),
    },
  ],
  [
    'image/webp',
    {
      extension: 'webp',
      format: 'webp',
      magic: /^RIFF.{4}WEBP/s,
      encode: (image) => image.webp({ quality: 90 }),
    },
  ],
  ['image/gif', { extension: 'gif', format: 'gif', magic: /^GIF8[79]a/, encode: (image) => image.gif() }],
]);

/** The media type of the images that are kept, by the extension of their address. */
export const logoMediaTypes: ReadonlyMap<string, string> = new Map(
  Array.from(imageTypes, ([mediaType, { extension }]) => [extension, mediaType]),
);

/**
 * Makes a reader that decodes `concurrency` images at a time, so that uploads leave threads for everything else;
 * of further ones, `queue` wait and the rest is refused.
 */
export function createLogoReader({ concurrency = 2, queue = 16 } = {}): LogoReader {
  const refuse = () => new LogoError('busy', 'too many images are being read; try again');
  const inTurn = createTurns({ running: concurrency, waiting: queue, refuse });
  return async ({ octets, declaredMediaType }) => {
    const type = checkType(octets, declaredMediaType);
    const written = await inTurn(() => rewrite(octets, type));
    return { ...written, mediaType: declaredMediaType, extension: type.extension };
  };
}

function checkType(octets: Uint8Array, declaredMediaType: string): ImageType {
  const type = imageTypes.get(declaredMediaType);
  if (type === undefined) throw new LogoError('unsupported_type', 'a logo is a PNG, JPEG, WebP or GIF image');
  if (octets.byteLength > maxOctets) throw new LogoError('too_large', 'a logo has at most 2 MiB');
  const head = Buffer.from(octets.subarray(0, 16)).toString('latin1');
  if (!type.magic.test(head))
    throw new LogoError('type_mismatch', `the image is not of type ${declaredMediaType}`);
  return type;
}

/** The decoder takes 20 MB of memory, and many servers never read an image. */
const loadDecoder = async () => (await import('sharp')).default;

async function rewrite(octets: Uint8Array, type: ImageType): Promise<Pick<LogoFile, 'hash' | 'octets'>> {
  const sharp = await loadDecoder();
  // The header alone.
  await checkSize(sharp(octets, { limitInputPixels: false }), type);
  const image = sharp(octets, { failOn: 'error', limitInputPixels: maxSide * maxSide, pages: 1 });
  const upright = image.autoOrient().timeout({ seconds: timeoutSeconds });
  const written = await orUnreadable(type.encode(upright).toBuffer());
  return { hash: createHash('sha256').update(written).digest('hex'), octets: written };
}

async function checkSize(image: Sharp, type: ImageType): Promise<void> {
  const { format, width, height } = await orUnreadable(image.metadata());
  if (format !== type.format)
    throw new LogoError('type_mismatch', `the image is ${format}, not ${type.format}`);
  if (width > maxSide || height > maxSide) {
    throw new LogoError('too_many_pixels', `a logo has at most ${maxSide} by ${maxSide} pixels`);
  }
}

/** The decoder's own words name its insides. */
async function orUnreadable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch {
    throw new LogoError('unreadable', 'the image is damaged or incomplete');
  }
}
