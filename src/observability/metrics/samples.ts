import type { Counter, Family, Histogram } from './instruments.ts';
import type { MetricDescription } from './metric-table.ts';

/** One line of a metric. */
export interface Sample {
  /** Follows the name of the metric: `_bucket`, `_sum`, `_count`. Absent: nothing does. */
  readonly suffix?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

function labelled(
  { labels }: MetricDescription,
  values: readonly string[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.keys(labels).map((label, index) => [label, values[index] ?? '']));
}

/** What the counters of `metric` say. */
export function readCounters(metric: MetricDescription, family: Family<Counter>): readonly Sample[] {
  return family
    .all()
    .map(([values, counter]) => ({ labels: labelled(metric, values), value: counter.value() }));
}

/** What the histograms of `metric` say. */
export function readHistograms(metric: MetricDescription, family: Family<Histogram>): readonly Sample[] {
  const bounds = [...(metric.buckets ?? []), '+Inf'];
  return family.all().flatMap(([values, histogram]) => {
    const { cumulative, sum } = histogram.value();
    const labels = labelled(metric, values);
    return [
      ...cumulative.map((value, index) => ({
        suffix: '_bucket',
        labels: { ...labels, le: String(bounds[index]) },
        value,
      })),
      { suffix: '_sum', labels, value: sum },
      { suffix: '_count', labels, value: cumulative.at(-1) ?? 0 },
    ];
  });
}
