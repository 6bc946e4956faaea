import { randomBytes, randomUUID } from 'node:crypto';

/** `length` bytes from the operating system's generator. */
export function randomOctets(length: number): Buffer {
  return randomBytes(length);
}

/** A version 4 UUID (RFC 9562 §5.4): unguessable, unordered. */
export function randomUuid(): string {
  return randomUUID();
}

let lastMillisecond = 0;
let sequence = 0;

/**
 * A version 7 UUID (RFC 9562 §5.7) that sorts by creation within this process: 48 bits of milliseconds, then
 * a 12-bit sequence (§6.2, method 1), then 62 random bits. Ids of stored rows use it so that indexes stay dense.
 */
export function orderedUuid(): string {
  const now = Date.now();
  if (now > lastMillisecond) {
    lastMillisecond = now;
    sequence = 0;
  } else if (++sequence > 0xfff) {
    lastMillisecond += 1;
    sequence = 0;
  }
  const octets = randomBytes(16);
  octets.writeUIntBE(lastMillisecond, 0, 6);
  octets.writeUInt16BE(0x7000 | sequence, 6);
  octets.writeUInt8(0x80 | (octets.readUInt8(8) & 0x3f), 8);
  const hex = octets.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether `text` is a UUID in the lower-case text form of RFC 9562 §4, of any version. */
export function isUuid(text: string): boolean {
  return uuid.test(text);
}
