import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawChart } from '../bench/chart.ts';
import { isReached, linesOf } from '../bench/lines.ts';
import { medianRatio, type Results } from '../bench/results.ts';
import { writeTable } from '../bench/table.ts';

const busy = [1, 1, 1];

/** What a run might have measured. */
const results: Results = {
  measuredAt: '2026-01-02T03:04:05.000Z',
  machine: { processor: 'a processor', cores: 2, system: 'Linux 6', pinned: true },
  versions: { node: '26.0.0', clientele: '1.0.0', peer: '9.0.0' },
  plan: { connections: 32, rounds: 3, secondsPerRound: 4 },
  cases: [
    {
      id: 'token-jwt',
      title: 'A token',
      goals: [
        { of: 'ratio', to: 'peer', atLeast: 3 },
        { of: 'ratio', to: 'composite', atLeast: 0.85 },
      ],
      sides: {
        clientele: { rates: [12_000, 12_345.6, 6_000], busy },
        peer: { rates: [4_000, 4_000, 2_000], busy },
        composite: { rates: [15_000, 15_000, 7_000], busy },
      },
    },
    {
      id: 'update',
      title: 'A change',
      goals: [{ of: 'rate', atLeast: 3_000 }],
      sides: { clientele: { rates: [2_000, 3_100, 3_200], busy } },
    },
  ],
  start: { clientele: [0.412, 0.4, 0.7], peer: [0.3, 0.3, 0.3] },
  memory: {
    idle: { clientele: [120], peer: [90] },
    loaded: { clientele: [250.4], peer: [300] },
  },
};

test('the table of a measurement has a line for every figure that is to be reached, and says which fall short', () => {
  assert.equal(
    writeTable(linesOf(results)),
    `
|                               | Clientele | beside                     | ratio | to reach     |           |
| ----------------------------- | --------- | -------------------------- | ----- | ------------ | --------- |
| A token                       | 12,000/s  | node-oidc-provider 4,000/s | 3.00  | 3            | reached   |
| A token                       | 12,000/s  | composite limit 15,000/s   | 0.82  | 0.85         | **short** |
| A change                      | 3,100/s   |                            |       | 3,000/s      | reached   |
| Second start to ready         | 0.41 s    | node-oidc-provider 0.30 s  |       | under 0.5 s  | reached   |
| Memory, idle                  | 120 MB    | node-oidc-provider 90 MB   |       | under 120 MB | **short** |
| Memory, after all of the load | 250 MB    | node-oidc-provider 300 MB  |       |              |           |
`.trim(),
  );
});

test('a ratio is the median of those of neighbouring rounds, whatever the machine did between them', () => {
  assert.equal(medianRatio([10, 1, 30], [5, 0.5, 10]), 2);
  assert.equal(medianRatio([10, 30], [5, 10]), 2.5);
});

test('a figure at its bound is reached from below only where the bound is the least', () => {
  const [token] = linesOf(results);
  assert.ok(token);
  const goal = { of: 'figure', bound: 'below', value: 120 } as const;
  assert.equal(isReached(token), true);
  assert.equal(isReached({ ...token, ratio: null, ours: 120, goal }), false);
  assert.equal(isReached({ ...token, goal: null }), null);
});

test('the chart of a measurement draws the ratios to scale', () => {
  const svg = drawChart(linesOf(results));
  const [first = 0, second = 0] = [...svg.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map(([, width]) =>
    Number(width),
  );
  assert.ok(second > 0);
  assert.equal((first / second).toFixed(1), (3 / 0.823).toFixed(1));
});
