import fc from 'fast-check';

/** Protobuf as bytes: random fields with random content, and a length prefix where the protocol has one. */
export const protobuf = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc
    .array(fc.tuple(fc.nat(22), fc.constantFrom(0, 1, 2, 3, 4, 5), fc.uint8Array({ maxLength: 40 })), {
      maxLength: 8,
    })
    .map((fields) =>
      Buffer.concat(
        fields.map(([field, wireType, content]) => {
          const tag = (field << 3) | wireType;
          const head = tag < 0x80 ? [tag] : [(tag & 0x7f) | 0x80, tag >>> 7];
          return Buffer.from(wireType === 2 ? [...head, content.length, ...content] : [...head, ...content]);
        }),
      ),
    ),
);

/** A message behind its flags and length (gRPC, Connect streaming). */
export function enveloped(message: Uint8Array, flags = 0): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flags);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}
