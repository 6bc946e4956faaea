import type { Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-node';
import { monotonicMilliseconds } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';

/** Where spans go. */
export interface SpanExport {
  readonly tracer: Tracer;
  /** Sends what is left, for a few seconds at most. */
  readonly close: () => Promise<void>;
}

/** Stopping has a limit of its own, and a collector that does not answer must not use it up. */
const farewellMs = 3_000;

/** Exports spans by OTLP over HTTP, as the standard variables of the environment say. */
export function openSpanExport(options: { readonly logger: Logger; readonly version: string }): SpanExport {
  const { logger, version } = options;
  const own = resourceFromAttributes({ 'service.name': 'clientele', 'service.version': version });
  const provider = new BasicTracerProvider({
    resource: defaultResource()
      .merge(own)
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(reportFailures(new OTLPTraceExporter(), logger))],
  });
  return {
    tracer: provider.getTracer('clientele', version),
    close: async () => {
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, farewellMs);
      await Promise.race([provider.shutdown().catch(() => {}), late.promise]);
      clearTimeout(timer);
    },
  };
}

const silenceMs = 300_000;

/** Tells the log of spans that nobody took, once in five minutes: the server goes on without them. */
function reportFailures(exporter: SpanExporter, logger: Logger): SpanExporter {
  let lost = 0;
  let toldAt = Number.NEGATIVE_INFINITY;
  const noteLoss = (spans: number, error: Error | undefined): void => {
    lost += spans;
    if (monotonicMilliseconds() - toldAt < silenceMs) return;
    logger.warn({ error, spans: lost }, 'traces were not delivered');
    toldAt = monotonicMilliseconds();
    lost = 0;
  };
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.code !== 0) noteLoss(spans.length, result.error);
        done(result);
      }),
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  };
}
