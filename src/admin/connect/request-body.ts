import { type DescMethod, fromBinary } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { createAsyncIterable, readAllBytes, type UniversalServerRequest } from '@connectrpc/connect/protocol';
import { bodyTooLong, decompress, isTooLong } from './compression.ts';
import { fieldMasks, readConnectJson } from './connect-json.ts';

/**
 * Gives a request the body that the library may see: no longer than `readMaxBytes`, before and after decompression, and in
 * the form of the method's message.
 * @throws ConnectError `invalid_argument`, `resource_exhausted`, or `unimplemented` for an unknown compression
 */
export type BodyReader = (
  request: UniversalServerRequest,
  method: DescMethod,
  readMaxBytes: number,
) => Promise<UniversalServerRequest>;

/**
 * The media types that are served. Other JSON (`application/grpc+json`, `application/grpc-web+json`,
 * `application/connect+json`) is not: it would pass by the strict reader.
 */
const readers: ReadonlyMap<string, BodyReader> = new Map([
  ['application/json', readJson],
  ['application/proto', readProto],
  ['application/connect+proto', readEnvelopes],
  ['application/grpc', readEnvelopes],
  ['application/grpc+proto', readEnvelopes],
  ['application/grpc-web', readEnvelopes],
  ['application/grpc-web+proto', readEnvelopes],
]);

/** The media types that are served, as `Accept-Post` names them. */
export const servedMediaTypes = [...readers.keys()].join(', ');

/** The reader for the content type of a request; undefined: it is not served. */
export function bodyReaderFor(header: Headers): BodyReader | undefined {
  return readers.get(header.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase() ?? '');
}

const codingHeaders = ['content-encoding', 'connect-content-encoding', 'grpc-encoding'];

/** @throws ConnectError `unimplemented` when the body is compressed, in whichever protocol */
export function checkUncompressed(header: Headers): void {
  if (codingHeaders.every((name) => (header.get(name) ?? 'identity') === 'identity')) return;
  throw new ConnectError('this method takes no compressed body', Code.Unimplemented);
}

async function readJson(
  request: UniversalServerRequest,
  method: DescMethod,
  readMaxBytes: number,
): Promise<UniversalServerRequest> {
  const { octets } = await readWhole(request, readMaxBytes);
  const { json, masks } = readConnectJson(octets, method.input);
  request.contextValues?.set(fieldMasks, masks);
  return { ...request, body: json };
}

async function readProto(
  request: UniversalServerRequest,
  method: DescMethod,
  readMaxBytes: number,
): Promise<UniversalServerRequest> {
  const { sent, octets } = await readWhole(request, readMaxBytes);
  checkDecodable(octets, method);
  return { ...request, body: createAsyncIterable([sent]) };
}

/** The library itself takes envelopes apart, and decompresses each. */
async function readEnvelopes(
  request: UniversalServerRequest,
  _method: DescMethod,
  readMaxBytes: number,
): Promise<UniversalServerRequest> {
  return { ...request, body: limited(request.body as AsyncIterable<Uint8Array>, readMaxBytes) };
}

async function readWhole({ body, header }: UniversalServerRequest, readMaxBytes: number) {
  const chunks = body as AsyncIterable<Uint8Array>;
  const sent = await readAllBytes(chunks, readMaxBytes, header.get('content-length')).catch((error) => {
    throw isTooLong(error) ? bodyTooLong(readMaxBytes) : error;
  });
  const octets = await decompress(sent, header.get('content-encoding') ?? 'identity', readMaxBytes);
  return { sent, octets };
}

/** The library takes a body that it cannot decode for a fault of the server. */
function checkDecodable(octets: Uint8Array, { input }: DescMethod): void {
  try {
    fromBinary(input, octets);
  } catch {
    throw new ConnectError(`the body is not a ${input.typeName}`, Code.InvalidArgument);
  }
}

/** The prefix of an enveloped message. */
const envelopeOctets = 5;

async function* limited(body: AsyncIterable<Uint8Array>, readMaxBytes: number): AsyncIterable<Uint8Array> {
  let octets = 0;
  for await (const chunk of body) {
    octets += chunk.byteLength;
    if (octets > readMaxBytes + envelopeOctets) throw bodyTooLong(readMaxBytes);
    yield chunk;
  }
}
