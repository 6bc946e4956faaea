import { Code, ConnectError } from '@connectrpc/connect';
import type { Compression } from '@connectrpc/connect/protocol';
import { compressionBrotli, compressionGzip } from '@connectrpc/connect-node';

/** gzip and Brotli; a body that is not what its encoding says is its sender's fault. */
export const compressions: readonly Compression[] = [compressionGzip, compressionBrotli].map(blamingSender);

/** The refusal of a body that is longer than the server reads. */
export function bodyTooLong(readMaxBytes: number): ConnectError {
  return new ConnectError(`the body is longer than ${readMaxBytes} octets`, Code.ResourceExhausted);
}

/**
 * Undoes a content coding; the result is at most `readMaxBytes` long.
 *
 * @throws ConnectError `resource_exhausted`, `invalid_argument`, or `unimplemented` for an unknown coding
 */
export async function decompress(
  octets: Uint8Array,
  coding: string,
  readMaxBytes: number,
): Promise<Uint8Array> {
  if (coding === 'identity') return octets;
  const compression = compressions.find(({ name }) => name === coding);
  if (compression === undefined) throw new ConnectError('unknown compression', Code.Unimplemented);
  return compression.decompress(octets, readMaxBytes);
}

function blamingSender(compression: Compression): Compression {
  return {
    ...compression,
    decompress: async (octets, readMaxBytes) => {
      try {
        return await compression.decompress(octets, readMaxBytes);
      } catch (error) {
        if (isTooLong(error)) throw bodyTooLong(readMaxBytes);
        throw new ConnectError('the body cannot be decompressed', Code.InvalidArgument);
      }
    },
  };
}

/** Whether the library found a body too long; its own text names its options. */
export function isTooLong(error: unknown): boolean {
  return error instanceof ConnectError && error.code === Code.ResourceExhausted;
}
