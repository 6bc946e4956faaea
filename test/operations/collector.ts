import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { atEnd, type Ending } from '../fixtures/teardown.ts';

type Value = string | number | boolean;

/** A span as a collector has received it. */
export interface ReceivedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: Readonly<Record<string, Value>>;
  readonly resource: Readonly<Record<string, Value>>;
}

/** A collector of OTLP over HTTP. */
export interface Collector {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly endpoint: string;
  readonly spans: readonly ReceivedSpan[];
  /** Every body, and the headers that it came with, as they came. */
  readonly received: readonly string[];
  /** Waits until `isThere` says that enough has come. */
  readonly until: (isThere: (spans: readonly ReceivedSpan[]) => boolean) => Promise<void>;
}

interface WireAttribute {
  readonly key: string;
  readonly value: Readonly<Record<string, Value>>;
}

interface WireSpan extends Omit<ReceivedSpan, 'attributes' | 'resource'> {
  readonly attributes: readonly WireAttribute[];
}

interface WireRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly WireAttribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly WireSpan[] }[];
  }[];
}

function valuesOf(attributes: readonly WireAttribute[]): Readonly<Record<string, Value>> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0] ?? '']));
}

function spansOf(body: string): readonly ReceivedSpan[] {
  const { resourceSpans } = JSON.parse(body) as WireRequest;
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans
      .flatMap(({ spans }) => spans)
      .map((span) => ({
        ...span,
        attributes: valuesOf(span.attributes),
        resource: valuesOf(resource.attributes),
      })),
  );
}

/** Starts a collector that takes everything. */
export async function startCollector(context: Ending): Promise<Collector> {
  const spans: ReceivedSpan[] = [];
  const received: string[] = [];
  let arrived = Promise.withResolvers<void>();
  const server = createServer(async (request, response) => {
    const body = await text(request);
    received.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`, body);
    if (request.url === '/v1/traces') spans.push(...spansOf(body));
    response.setHeader('content-type', 'application/json').end('{}');
    arrived.resolve();
    arrived = Promise.withResolvers();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  atEnd(context, () => {
    server.closeAllConnections();
    server.close();
  });
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    received,
    until: async (isThere) => {
      while (!isThere(spans)) await arrived.promise;
    },
  };
}
