/** What connections may cost. Durations are milliseconds, sizes octets. */
export interface HttpLimits {
  /** Open at once. */
  readonly connections: number;
  /** Of them from one address that is neither this machine nor a trusted proxy; null: any number. */
  readonly connectionsPerAddress: number | null;
  /** A body, unless the route says otherwise. */
  readonly body: number;
  /** The header section of a request. */
  readonly header: number;
  /** From the first octet of a request to the end of its headers. */
  readonly headersTimeout: number;
  /** From the first octet of a request to the end of its body. */
  readonly requestTimeout: number;
  /** An idle connection between requests: longer than the idle time of usual load balancers, 60 s. */
  readonly keepAliveTimeout: number;
  /** A connection on which nothing moves at all. */
  readonly connectionTimeout: number;
  readonly handshakeTimeout: number;
  /** How often the timeouts of headers and requests are looked at. */
  readonly checkInterval: number;
}

/** What holds unless a test needs to see a limit reached. */
export const httpLimits: HttpLimits = {
  connections: 10_000,
  connectionsPerAddress: 2_000,
  body: 1024 * 1024,
  header: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 72_000,
  connectionTimeout: 90_000,
  handshakeTimeout: 10_000,
  checkInterval: 5_000,
};
