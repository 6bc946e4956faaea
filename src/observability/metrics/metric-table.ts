/** What is known of a metric before anything is measured. */
export interface MetricDescription {
  /** By the conventions of Prometheus: a base unit at its end, `_total` for what only grows. */
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** What each label holds: always one of a set that the code knows, never what a caller has sent. */
  readonly labels: Readonly<Record<string, string>>;
  /** Upper bounds of a histogram, ascending. */
  readonly buckets?: readonly number[];
}

/** From a read in memory to what nobody waits for any more. */
const seconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
const sizes = [1, 2, 4, 8, 16, 32, 64, 128];

const route = 'the pattern of the route; `unmatched` where there is none';
const method = 'the HTTP method; `_OTHER` where nothing is served with it';
const driver = '`sqlite` or `postgresql`';
const operation = 'store and operation, such as `clients.load`';

/** Every metric that is served; the table of `docs/metrics.md`. */
export const metricTable = {
  buildInfo: {
    name: 'clientele_build_info',
    type: 'gauge',
    help: 'Always 1; the labels tell what runs.',
    labels: { version: 'of this server', node: 'of Node.js', driver },
  },
  requests: {
    name: 'clientele_http_requests_total',
    type: 'counter',
    help: 'Requests that have their answer, or whose connection is gone.',
    labels: {
      route,
      method,
      status: '`2xx` and so on',
      outcome:
        '`ok`, `refused` (the caller is at fault), `failed` (the server is) or `aborted` (the caller did not wait); of gRPC, whose status is always 200, and of errors that a redirect tells the client, by their code',
    },
  },
  requestSeconds: {
    name: 'clientele_http_request_duration_seconds',
    type: 'histogram',
    help: 'From the headers of a request to the end of its answer.',
    labels: { route, method },
    buckets: seconds,
  },
  tokens: {
    name: 'clientele_tokens_issued_total',
    type: 'counter',
    help: 'Access tokens that were issued.',
    labels: {
      grant: 'the grant type; `implicit` for those that the authorization endpoint answers with',
      format: '`jwt` or `opaque`',
    },
  },
  refusals: {
    name: 'clientele_oauth_refusals_total',
    type: 'counter',
    help: 'Requests that an OAuth endpoint or a page has refused, the authorization endpoint by a redirect too.',
    labels: { route, error: 'the error code' },
  },
  signIns: {
    name: 'clientele_sign_ins_total',
    type: 'counter',
    help: 'Attempts of people to sign in.',
    labels: {
      method: '`password`, `passkey`, `totp`, `recovery-code`, `provider` or `sign-up`',
      outcome:
        '`ok`, `code-asked` (the password is right, and a second factor is asked for), `refused`, `limited` (too many tries), `busy` (too many passwords of others are checked) or `failed` (the other provider did not do its part)',
    },
  },
  logoutNotices: {
    name: 'clientele_logout_notices_total',
    type: 'counter',
    help: 'Attempts to tell a client of the end of a session.',
    labels: { outcome: '`delivered`, `refused` by the client, `again` (it is tried later) or `given-up`' },
  },
  registryWrites: {
    name: 'clientele_registry_writes_total',
    type: 'counter',
    help: 'Calls of the registry that change clients.',
    labels: {
      operation: 'of the registry, such as `update`',
      face: '`connect`, `login-api`, `clients-api`, `cli` or `configuration`',
      outcome: '`done`, the code of the refusal, or `failed`',
    },
  },
  storeSeconds: {
    name: 'clientele_store_operation_duration_seconds',
    type: 'histogram',
    help: 'From the call of a store to its outcome: the wait for the batch, for a connection and for the disk included.',
    labels: { operation, driver },
    buckets: seconds,
  },
  storeFailures: {
    name: 'clientele_store_failures_total',
    type: 'counter',
    help: 'Calls of a store that had no outcome.',
    labels: { operation, driver },
  },
  batchSizes: {
    name: 'clientele_store_batch_calls',
    type: 'histogram',
    help: 'How many calls one batch has joined: reads of one statement and turn of the event loop, writes of one commit.',
    labels: { kind: '`read` or `write`', driver },
    buckets: sizes,
  },
  connections: {
    name: 'clientele_postgres_connections',
    type: 'gauge',
    help: 'Connections of this node to PostgreSQL.',
    labels: { use: '`read`, `write` or `scan`', state: '`in-use` or `idle`' },
  },
  connectionWaits: {
    name: 'clientele_postgres_connection_waits',
    type: 'gauge',
    help: 'Calls that wait for a connection to PostgreSQL.',
    labels: { use: '`read`, `write` or `scan`' },
  },
  eventLoopLag: {
    name: 'clientele_event_loop_lag_seconds',
    type: 'gauge',
    help: 'How late the event loop was since the metrics were last read.',
    labels: { quantile: '`0.5`, `0.99` or `1`' },
  },
  eventLoopUtilization: {
    name: 'clientele_event_loop_utilization_ratio',
    type: 'gauge',
    help: 'How much of the time since the metrics were last read the event loop was busy, from 0 to 1.',
    labels: {},
  },
  cpuSeconds: {
    name: 'process_cpu_seconds_total',
    type: 'counter',
    help: 'CPU time of the process, user and system.',
    labels: {},
  },
  startTime: {
    name: 'process_start_time_seconds',
    type: 'gauge',
    help: 'When the process started, in seconds since 1970.',
    labels: {},
  },
  residentBytes: {
    name: 'process_resident_memory_bytes',
    type: 'gauge',
    help: 'Memory that the process has in use.',
    labels: {},
  },
  heapTotalBytes: {
    name: 'nodejs_heap_size_total_bytes',
    type: 'gauge',
    help: 'Size of the heap of JavaScript.',
    labels: {},
  },
  heapUsedBytes: {
    name: 'nodejs_heap_size_used_bytes',
    type: 'gauge',
    help: 'As much of the heap of JavaScript as is in use.',
    labels: {},
  },
  externalBytes: {
    name: 'nodejs_external_memory_bytes',
    type: 'gauge',
    help: 'Memory outside of the heap that JavaScript holds.',
    labels: {},
  },
} as const satisfies Readonly<Record<string, MetricDescription>>;

/** A row of `metricTable`. */
export type MetricKey = keyof typeof metricTable;
