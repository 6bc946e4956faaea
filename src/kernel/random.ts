import { randomBytes, randomFillSync, randomUUID } from 'node:crypto';

/** Octets that nobody has had: a call of the generator costs as much for sixteen as for thousands. */
const pool = Buffer.alloc(4096);
let given = pool.length;

/** `length` octets of the cryptographic generator, which belong to the caller alone. */
export function randomOctets(length: number): Buffer {
  if (length > pool.length / 8) return randomBytes(length);
  if (given + length > pool.length) {
    randomFillSync(pool);
    given = 0;
  }
  const octets = Buffer.from(pool.subarray(given, given + length));
  pool.fill(0, given, given + length);
  given += length;
  return octets;
}

/** A version 4 UUID (RFC 9562 §5.4): unguessable, unordered. */
export function randomUuid(): string {
  return randomUUID();
}

let lastMillisecond = 0;
let timePart = '';
let sequence = 0;

/**
 * 16 hexadecimal digits that sort by creation within this process, and between processes by the time: 48 bits of milliseconds, a
 * constant 7, and a 12-bit sequence. What is stored under them lies together, so that a commit writes few pages. They can be guessed.
 */
export function creationOrder(): string {
  const now = Date.now();
  if (now > lastMillisecond) beginMillisecond(now);
  else if (++sequence > 0xfff) beginMillisecond(lastMillisecond + 1);
  return timePart + (0x7000 | sequence).toString(16);
}

function beginMillisecond(millisecond: number): void {
  lastMillisecond = millisecond;
  timePart = millisecond.toString(16).padStart(12, '0');
  sequence = 0;
}

/**
 * A version 7 UUID (RFC 9562 §5.7) that sorts by creation within this process: `creationOrder` (§6.2, method 1), then
 * 62 random bits. Ids of stored rows use it so that indexes stay dense.
 */
export function orderedUuid(): string {
  const order = creationOrder();
  const octets = randomOctets(8);
  octets.writeUInt8(0x80 | (octets.readUInt8(0) & 0x3f), 0);
  const random = octets.toString('hex');
  return `${order.slice(0, 8)}-${order.slice(8, 12)}-${order.slice(12)}-${random.slice(0, 4)}-${random.slice(4)}`;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether `text` is a UUID in the lower-case text form of RFC 9562 §4, of any version. */
export function isUuid(text: string): boolean {
  return uuid.test(text);
}

/** The UUID that `text` is, in lower case, since upper-case letters mean the same (RFC 9562 §4). Undefined: it is none. */
export function readUuid(text: string): string | undefined {
  const id = text.toLowerCase();
  return isUuid(id) ? id : undefined;
}
