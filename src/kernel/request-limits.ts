import type { IncomingHttpHeaders } from 'node:http';

/**
 * A caller has to wait, because it asks or fails too often. Each face answers in its own words, with the status 429
 * (RFC 6585 §4) and `retry-after`.
 */
export class TooManyRequestsError extends Error {
  override readonly name = 'TooManyRequestsError';
  /** The setting that says how many there may be; for the log. */
  readonly limit: string;
  /** Whole seconds, at least 1. */
  readonly retryAfterSeconds: number;

  constructor(limit: string, retryAfterSeconds: number) {
    super(`more requests than ${limit} allows`);
    this.limit = limit;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** What of a request, in either HTTP version, tells where it comes from. */
export interface RequestSource {
  readonly headers: IncomingHttpHeaders;
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/** The limits of one kind of endpoint. */
export interface EndpointLimits {
  /**
   * Counts a request for the address that it comes from. To be called before anything but its head is read.
   * @throws TooManyRequestsError when the address has asked, or has failed to authenticate, too often
   */
  readonly admit: (source: RequestSource) => Attempt;
}

/**
 * One request's attempt to prove who sends it.
 *
 *     admitted ─► claim ─┬─► succeed
 *                        └─► fail
 */
export interface Attempt {
  /**
   * The caller says it is this client; the proof is not looked at yet.
   * @throws TooManyRequestsError when too many proofs from its address have failed, for this client or at all
   */
  readonly claim: (clientId: string) => void;
  /**
   * The caller has proven to be this client, for which the request is counted: nobody else can use up what it may ask.
   * @throws TooManyRequestsError when the client has asked too often
   */
  readonly succeed: (clientId: string) => void;
  /** The caller has not proven what it claims: counted for its address, and never for the client alone. */
  readonly fail: () => void;
}

/** An attempt that no limit meets. */
export const unlimitedAttempt: Attempt = { claim() {}, succeed() {}, fail() {} };

/** No limits: for tests and tools. */
export const unlimited: EndpointLimits = { admit: () => unlimitedAttempt };
