import type { Metric } from 'prom-client';
import { type MetricDescription, type MetricKey, metricTable } from './metric-table.ts';
import type { Sample } from './samples.ts';

/** Everything that is measured at one moment. */
export type Samples = Partial<Readonly<Record<MetricKey, readonly Sample[]>>>;

/** What a scrape is answered with. */
export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

/**
 * Writes the text format of Prometheus. The library is loaded when somebody asks for the first time: a server that nobody scrapes
 * starts without it.
 */
export async function expose(samples: Samples): Promise<Exposition> {
  const { Registry } = await import('prom-client');
  const registry = new Registry();
  for (const [key, description] of Object.entries<MetricDescription>(metricTable)) {
    registry.registerMetric(asMetric(description, samples[key as MetricKey] ?? []));
  }
  return { contentType: registry.contentType, text: await registry.metrics() };
}

/** What the registry reads of a metric is its name and what `get` answers; its own classes would count more slowly. */
function asMetric({ name, help, type }: MetricDescription, samples: readonly Sample[]): Metric {
  const values = samples.map(({ suffix = '', labels, value }) => ({
    metricName: name + suffix,
    labels,
    value,
  }));
  const metric = { name, get: async () => ({ name, help, type, aggregator: 'sum', values }) };
  return metric as unknown as Metric;
}
