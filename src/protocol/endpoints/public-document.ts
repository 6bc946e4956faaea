import { sha256 } from '../../kernel/encoding.ts';

/** A document that everyone may read and keep for a while. */
export interface PublicDocument {
  readonly body: string;
  /** A strong entity tag (RFC 9110 §8.8.3). */
  readonly etag: string;
}

/** Makes the document of `sources` once for each of them, and answers the last one made while they are the same. */
export function documentPer<Sources extends readonly object[]>(
  write: (...sources: Sources) => string,
): (...sources: Sources) => PublicDocument {
  let last: { readonly sources: Sources; readonly document: PublicDocument } | undefined;
  return (...sources) => {
    const isSame = last?.sources.every((source, index) => source === sources[index]);
    if (!last || !isSame) last = { sources, document: createDocument(write(...sources)) };
    return last.document;
  };
}

function createDocument(body: string): PublicDocument {
  return { body, etag: `"${sha256(body)}"` };
}

/** Whether a cache that sent `ifNoneMatch` has this document (RFC 9110 §13.1.2). */
export function isFresh(ifNoneMatch: string | undefined, { etag }: PublicDocument): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.split(',').some((tag) => ['*', etag, `W/${etag}`].includes(tag.trim()));
}
