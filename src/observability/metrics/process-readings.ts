import { eventLoopUtilization, monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock } from '../../kernel/clock.ts';
import type { MetricKey } from './metric-table.ts';
import type { Sample } from './samples.ts';

/** How often the event loop is asked to be in time. The answer is given below JavaScript, and costs it nothing. */
const resolutionMs = 20;
const quantiles = ['0.5', '0.99', '1'] as const;

/** The process itself, measured when somebody reads. */
export interface ProcessReadings {
  readonly read: () => Partial<Readonly<Record<MetricKey, readonly Sample[]>>>;
  readonly close: () => void;
}

/** Begins to watch the event loop of this process. */
export function createProcessReadings(clock: Clock): ProcessReadings {
  const lag = monitorEventLoopDelay({ resolution: resolutionMs });
  lag.enable();
  const startedAt = Math.round(clock.now() - process.uptime());
  let utilization = eventLoopUtilization();

  /** What the histogram holds is the time between two beats. */
  const lagSeconds = (quantile: string): number =>
    lag.count === 0 ? 0 : Math.max(0, lag.percentile(Number(quantile) * 100) / 1e9 - resolutionMs / 1e3);

  const readLag = (): readonly Sample[] => {
    const samples = quantiles.map((quantile) => ({ labels: { quantile }, value: lagSeconds(quantile) }));
    lag.reset();
    return samples;
  };
  const readUtilization = (): number => {
    const current = eventLoopUtilization();
    const since = eventLoopUtilization(current, utilization);
    utilization = current;
    return since.utilization;
  };

  return {
    read: () => {
      const { user, system } = process.cpuUsage();
      const { rss, heapTotal, heapUsed, external } = process.memoryUsage();
      return {
        eventLoopLag: readLag(),
        eventLoopUtilization: one(readUtilization()),
        cpuSeconds: one((user + system) / 1e6),
        startTime: one(startedAt),
        residentBytes: one(rss),
        heapTotalBytes: one(heapTotal),
        heapUsedBytes: one(heapUsed),
        externalBytes: one(external),
      };
    },
    close: () => lag.disable(),
  };
}

function one(value: number): readonly Sample[] {
  return [{ labels: {}, value }];
}
