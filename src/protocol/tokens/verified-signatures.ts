import { sha256 } from '../../kernel/encoding.ts';

/**
 * Remembers whose signature was verified, and with which key: of the same octets and the same key it never changes, and to verify
 * it is most of the cost of a look at a token. Whatever else decides over a token may change, and is no part of it.
 */
export interface VerifiedSignatures {
  /** The `kid` of the key that verified `token`. Undefined: verify it. */
  readonly kidOf: (token: string) => string | undefined;
  /** Notes that the key `kid` has verified `token`, with its header. A token that was refused is never noted. */
  readonly remember: (token: string, kid: string) => void;
}

/** Each takes some 100 octets, however long its token: 3 MB together. */
const mostRemembered = 32_768;

/** Makes the memory. It holds digests alone, so that no token is found in it; the oldest goes first. */
export function createVerifiedSignatures(most = mostRemembered): VerifiedSignatures {
  const kids = new Map<string, string>();
  return {
    kidOf: (token) => kids.get(sha256(token)),
    remember: (token, kid) => {
      kids.set(sha256(token), kid);
      if (kids.size <= most) return;
      for (const oldest of kids.keys()) {
        kids.delete(oldest);
        break;
      }
    },
  };
}
