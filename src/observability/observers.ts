import type { FastifyInstance } from 'fastify';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import type { EndpointLimits } from '../kernel/request-limits.ts';
import { type ConnectionReader, createMetrics, type Driver, type Metrics } from './metrics/metrics.ts';
import { serveMetrics } from './metrics/metrics-endpoint.ts';
import { readTraceSwitch, type TraceEnvironment } from './traces/trace-switch.ts';
import type { Tracing } from './traces/tracing.ts';
import { readVersion } from './version.ts';

/** What is observed, and by what means. */
export interface ObserverOptions {
  readonly metrics: {
    readonly enabled: boolean;
    /** The bearer token that `/metrics` asks for; null: none. */
    readonly token: string | null;
  };
  /** Where the standard variables of OpenTelemetry stand. */
  readonly env: TraceEnvironment;
  readonly driver: Driver;
  /** Tells the code of a refusal by the registry from a failure, which has none. */
  readonly codeOf: (error: unknown) => string | undefined;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Hears of requests; as the server wants it. */
interface RequestObserver {
  readonly answered: Metrics['requestAnswered'];
  readonly within?: Tracing['within'];
}

/** A person's attempt to sign in; names nobody but by id. */
interface SignInFacts {
  readonly requestId: string;
  readonly method: string;
  readonly outcome: string;
  readonly accountId?: string;
}

/**
 * Who looks on while a server works. What nobody observes is not wrapped: undefined stands where nobody listens, and a port comes
 * back as it was.
 */
export interface Observers {
  readonly requests: RequestObserver | undefined;
  readonly protocol: Pick<Metrics, 'tokenIssued' | 'refused'> | undefined;
  /** Hears of attempts to sign in: each is in the log, whether or not it is counted. */
  readonly signIns: { readonly tried: (attempt: SignInFacts) => void };
  /** Hears how attempts to tell clients of the end of a session went. */
  readonly logoutNotices: Metrics['logoutNotice'] | undefined;
  readonly batches: Metrics['batches'] | undefined;
  readonly watchStores: <Stores extends object>(stores: Stores) => Stores;
  readonly watchRegistry: <Registry extends object>(registry: Registry) => Registry;
  /** Lets the metrics tell of connections to a database server; undefined: there is none. */
  readonly watchConnections: (connections: ConnectionReader | undefined) => void;
  /** Mounts `/metrics`, where it is served. */
  readonly serve: (app: FastifyInstance, limits: EndpointLimits) => void;
  /** Sends what has not been sent; for when nothing is left to observe. */
  readonly close: () => Promise<void>;
}

/** Opens the observers that the operator wants. What they need is loaded for them alone. */
export async function openObservers(options: ObserverOptions): Promise<Observers> {
  const { driver, codeOf, clock } = options;
  const version = readVersion();
  const metrics = options.metrics.enabled ? createMetrics({ clock, version, driver }) : undefined;
  const traces = await openTraces(options, version);
  const tracing = traces?.tracing;
  return {
    requests: observerOfRequests(metrics, tracing),
    protocol: metrics,
    signIns: {
      tried: (attempt) => {
        options.logger.info(attempt, 'a person tried to sign in');
        metrics?.signInTried(attempt.method, attempt.outcome);
      },
    },
    logoutNotices: metrics?.logoutNotice,
    batches: metrics?.batches,
    watchStores: (stores) => {
      const measured = metrics?.measureStores(stores) ?? stores;
      return tracing?.traceStores(measured) ?? measured;
    },
    watchRegistry: (registry) => {
      const counted = metrics?.countWrites(registry, codeOf) ?? registry;
      return tracing?.traceRegistry(counted, codeOf) ?? counted;
    },
    watchConnections: (connections) => {
      if (connections) metrics?.watchConnections(connections);
    },
    serve: (app, limits) => {
      if (metrics) serveMetrics(app, metrics, { ...options.metrics, limits });
    },
    close: async () => {
      metrics?.close();
      await traces?.close();
    },
  };
}

function observerOfRequests(
  metrics: Metrics | undefined,
  tracing: Tracing | undefined,
): RequestObserver | undefined {
  if (tracing === undefined) return metrics && { answered: metrics.requestAnswered };
  return {
    within: tracing.within,
    answered: (request, response, elapsedMs) => {
      metrics?.requestAnswered(request, response, elapsedMs);
      tracing.answered(request, response);
    },
  };
}

interface Traces {
  readonly tracing: Tracing;
  readonly close: () => Promise<void>;
}

async function openTraces(
  { env, logger, driver }: ObserverOptions,
  version: string,
): Promise<Traces | undefined> {
  const wanted = readTraceSwitch(env);
  if (!wanted.on) {
    if (wanted.reason) logger.warn({ reason: wanted.reason }, 'there are no traces');
    return undefined;
  }
  const [{ createTracing }, { openSpanExport }] = await Promise.all([
    import('./traces/tracing.ts'),
    import('./traces/span-export.ts'),
  ]);
  const { tracer, close } = openSpanExport({ logger, version });
  return { tracing: createTracing(tracer, driver), close };
}
