import type { Clock } from '../../kernel/clock.ts';
import { outcomeOf, type RequestFacts, servedMethod, statusClass } from '../request-outcome.ts';
import { listenTo, wrapMethods, wrapPorts } from '../watched-port.ts';
import { type Exposition, expose, type Samples } from './exposition.ts';
import { createCounter, createFamily, createHistogram } from './instruments.ts';
import { metricTable } from './metric-table.ts';
import { createProcessReadings } from './process-readings.ts';
import { readCounters, readHistograms, type Sample } from './samples.ts';

/** The storage engines that there are. */
export type Driver = 'sqlite' | 'postgresql';

/** What metrics are made with. */
export interface MetricsOptions {
  readonly clock: Clock;
  /** Of this server. */
  readonly version: string;
  readonly driver: Driver;
}

/** Connections to a database server, by use. */
export type ConnectionReader = () => Readonly<
  Record<string, { readonly inUse: number; readonly idle: number; readonly waiting: number }>
>;

/** Everything that is counted and measured. Whatever is on the way of a request costs it a few map lookups and additions. */
export interface Metrics {
  readonly requestAnswered: (request: RequestFacts, response: object, elapsedMs: number) => void;
  readonly tokenIssued: (grant: string, format: string) => void;
  readonly refused: (route: string, error: string) => void;
  readonly signInTried: (method: string, outcome: string) => void;
  readonly logoutNotice: (outcome: string) => void;
  readonly batches: {
    readonly reads: (calls: number) => void;
    readonly writes: (calls: number) => void;
  };
  /** `stores`, with their operations measured. */
  readonly measureStores: <Stores extends object>(stores: Stores) => Stores;
  /** `registry`, with its writes counted. @param codeOf tells a refusal's code from a failure, which has none */
  readonly countWrites: <Registry extends object>(
    registry: Registry,
    codeOf: (error: unknown) => string | undefined,
  ) => Registry;
  /** Lets the next readings tell of connections. */
  readonly watchConnections: (connections: ConnectionReader) => void;
  readonly read: () => Promise<Exposition>;
  readonly close: () => void;
}

/** Makes the metrics of one server. */
export function createMetrics({ clock, version, driver }: MetricsOptions): Metrics {
  const families = createFamilies();
  const readings = createProcessReadings(clock);
  let connections: ConnectionReader = () => ({});
  const reads = families.batchSizes.at('read', driver);
  const writes = families.batchSizes.at('write', driver);

  return {
    requestAnswered: (request, _response, elapsedMs) => {
      const { route } = request;
      const method = servedMethod(request.method);
      families.requests.at(route, method, statusClass(request.status), outcomeOf(request)).add();
      families.requestSeconds.at(route, method).observe(elapsedMs / 1e3);
    },
    tokenIssued: (grant, format) => families.tokens.at(grant, format).add(),
    refused: (route, error) => families.refusals.at(route, error).add(),
    signInTried: (method, outcome) => families.signIns.at(method, outcome).add(),
    logoutNotice: (outcome) => families.logoutNotices.at(outcome).add(),
    batches: { reads: reads.observe, writes: writes.observe },
    measureStores: (stores) => measureStores(stores, families, driver),
    countWrites: (registry, codeOf) => countWrites(registry, families.registryWrites, codeOf),
    watchConnections: (reader) => {
      connections = reader;
    },
    read: () =>
      expose({
        ...readFamilies(families),
        ...readings.read(),
        ...readConnections(connections()),
        buildInfo: [{ labels: { version, node: process.version, driver }, value: 1 }],
      }),
    close: readings.close,
  };
}

type Families = ReturnType<typeof createFamilies>;

function createFamilies() {
  const { requestSeconds, storeSeconds, batchSizes } = metricTable;
  return {
    requests: createFamily(createCounter),
    requestSeconds: createFamily(() => createHistogram(requestSeconds.buckets)),
    tokens: createFamily(createCounter),
    refusals: createFamily(createCounter),
    signIns: createFamily(createCounter),
    logoutNotices: createFamily(createCounter),
    registryWrites: createFamily(createCounter),
    storeSeconds: createFamily(() => createHistogram(storeSeconds.buckets)),
    storeFailures: createFamily(createCounter),
    batchSizes: createFamily(() => createHistogram(batchSizes.buckets)),
  };
}

type CounterKey =
  | 'requests'
  | 'tokens'
  | 'refusals'
  | 'signIns'
  | 'logoutNotices'
  | 'registryWrites'
  | 'storeFailures';

function readFamilies(families: Families): Samples {
  const counters = (key: CounterKey) => readCounters(metricTable[key], families[key]);
  const histograms = (key: 'requestSeconds' | 'storeSeconds' | 'batchSizes') =>
    readHistograms(metricTable[key], families[key]);
  return {
    requests: counters('requests'),
    requestSeconds: histograms('requestSeconds'),
    tokens: counters('tokens'),
    refusals: counters('refusals'),
    signIns: counters('signIns'),
    logoutNotices: counters('logoutNotices'),
    registryWrites: counters('registryWrites'),
    storeSeconds: histograms('storeSeconds'),
    storeFailures: counters('storeFailures'),
    batchSizes: histograms('batchSizes'),
  };
}

function readConnections(uses: ReturnType<ConnectionReader>): Samples {
  const entries = Object.entries(uses);
  return {
    connections: entries.flatMap(([use, { inUse, idle }]): readonly Sample[] => [
      { labels: { use, state: 'in-use' }, value: inUse },
      { labels: { use, state: 'idle' }, value: idle },
    ]),
    connectionWaits: entries.map(([use, { waiting }]) => ({ labels: { use }, value: waiting })),
  };
}

function measureStores<Stores extends object>(
  stores: Stores,
  { storeSeconds, storeFailures }: Families,
  driver: Driver,
): Stores {
  return wrapPorts(stores, (method, operation) => {
    // A rise from nothing is a rise only where nothing was reported before.
    const failures = storeFailures.at(operation, driver);
    const observe = (elapsedMs: number): void => storeSeconds.at(operation, driver).observe(elapsedMs / 1e3);
    return listenTo(method, {
      done: observe,
      failed: (elapsedMs) => {
        observe(elapsedMs);
        failures.add();
      },
    });
  });
}

/** Calls of the registry that change no client; the reading of a secret leaves an entry in the audit log alone. */
const registryReads: ReadonlySet<string> = new Set([
  'get',
  'describe',
  'list',
  'findPublic',
  'readSecret',
  'reveal',
]);

function countWrites<Registry extends object>(
  registry: Registry,
  writes: Families['registryWrites'],
  codeOf: (error: unknown) => string | undefined,
): Registry {
  return wrapMethods(registry, (method, operation) => {
    if (registryReads.has(operation)) return method;
    const count = ([request]: readonly unknown[], outcome: string): void => {
      const { face } = request as { readonly face: string };
      writes.at(operation, face, outcome).add();
    };
    return listenTo(method, {
      done: (_elapsedMs, args) => count(args, 'done'),
      failed: (_elapsedMs, args, error) => count(args, codeOf(error) ?? 'failed'),
    });
  });
}
