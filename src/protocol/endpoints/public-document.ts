import { sha256 } from '../../kernel/encoding.ts';

/** A document that everyone may read and keep for a while. */
export interface PublicDocument {
  readonly body: string;
  /** A strong entity tag (RFC 9110 §8.8.3). */
  readonly etag: string;
}

/** Makes the document of `source` once for each source, and answers the last one made while the source is the same. */
export function documentPer<Source>(write: (source: Source) => string): (source: Source) => PublicDocument {
  let last: { readonly source: Source; readonly document: PublicDocument } | undefined;
  return (source) => {
    if (last?.source !== source) last = { source, document: createDocument(write(source)) };
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
