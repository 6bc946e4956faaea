import { type Code, ConnectError, createContextKey, type Interceptor } from '@connectrpc/connect';
import type { UniversalServerResponse } from '@connectrpc/connect/protocol';
import { codeFromString, codeToString } from '@connectrpc/connect/protocol-connect';
import { trailerFlag, trailerParse } from '@connectrpc/connect/protocol-grpc-web';

/** Hears the code of a refusal, more than once perhaps. */
export type NoteRefusal = (code: string) => void;

/** Who hears why a call is refused. */
export const noteRefusal = createContextKey<NoteRefusal>(() => {}, { description: 'hears of a refusal' });

/** Tells what a method, or an interceptor within, throws. */
export const tellRefusals: Interceptor = (next) => async (request) => {
  try {
    return await next(request);
  } catch (error) {
    request.contextValues.get(noteRefusal)(codeOf(error));
    throw error;
  }
};

/** The code that the library gives for `error`. */
export function codeOf(error: unknown): string {
  return error instanceof ConnectError ? codeToString(error.code) : 'internal';
}

/**
 * The same answer; tells `note` what the library itself refuses, outside every interceptor: such an answer is short,
 * and so never compressed.
 */
export function tellRefusalsIn(
  response: UniversalServerResponse,
  note: NoteRefusal,
): UniversalServerResponse {
  const { body, trailer, header } = response;
  if (!body) return response;
  const type = header?.get('content-type') ?? '';
  const readCode = header?.has('content-encoding') ? undefined : codeReaders.get(type);
  const hear = (code: string | undefined): void => {
    if (code !== undefined) note(code);
  };
  const onChunk = (chunk: Uint8Array): void => hear(readCode?.(chunk, response.status));
  const onEnd = (): void => hear(nameOfStatus(trailer?.get('grpc-status')));
  return { ...response, body: observe(body, onChunk, onEnd) };
}

/** Where a protocol that has no HTTP trailers puts the code. */
const codeReaders: ReadonlyMap<string, (chunk: Uint8Array, status: number) => string | undefined> = new Map([
  ['application/json', codeInJson],
  ['application/grpc-web', codeInTrailerFrame],
  ['application/grpc-web+proto', codeInTrailerFrame],
]);

function codeInJson(chunk: Uint8Array, status: number): string | undefined {
  if (status === 200) return undefined;
  const { code } = JSON.parse(Buffer.from(chunk).toString()) as { readonly code: string };
  const known = codeFromString(code);
  return known && codeToString(known);
}

function codeInTrailerFrame(chunk: Uint8Array): string | undefined {
  return chunk[0] === trailerFlag
    ? nameOfStatus(trailerParse(chunk.subarray(5)).get('grpc-status'))
    : undefined;
}

function nameOfStatus(status: string | null | undefined): string | undefined {
  return status && status !== '0' ? codeToString(Number(status) as Code) : undefined;
}

/** Passes everything on, `throw` and `return` too: by them the protocol learns that its answer is not wanted. */
function observe(
  body: AsyncIterable<Uint8Array>,
  onChunk: (chunk: Uint8Array) => void,
  onEnd: () => void,
): AsyncIterable<Uint8Array> {
  const iterator = body[Symbol.asyncIterator]();
  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    const result = await iterator.next();
    if (result.done) onEnd();
    else onChunk(result.value);
    return result;
  };
  const observed: AsyncIterator<Uint8Array> = {
    next,
    ...(iterator.return && { return: iterator.return.bind(iterator) }),
    ...(iterator.throw && { throw: iterator.throw.bind(iterator) }),
  };
  return { [Symbol.asyncIterator]: () => observed };
}
