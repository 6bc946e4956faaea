import { createHash } from 'node:crypto';

/** The namespace of the names of this server: a version 4 UUID that was drawn once. */
const namespace = Buffer.from('0f7f41f57a0f4d0e9b1f6f3c8f0b7d52', 'hex');

/** The UUID of a name, the same on every node and at every start (RFC 9562 §5.5, version 5). */
export function namedUuid(name: string): string {
  const octets = createHash('sha1').update(namespace).update(name).digest().subarray(0, 16);
  octets.writeUInt8(0x50 | (octets.readUInt8(6) & 0x0f), 6);
  octets.writeUInt8(0x80 | (octets.readUInt8(8) & 0x3f), 8);
  const hex = octets.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
