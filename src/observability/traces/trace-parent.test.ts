import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTraceParent } from './trace-parent.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';

test('a traceparent names a trace, a span and whether it is sampled, of this version and of later ones', () => {
  const at = (traceFlags: number) => ({ traceId, spanId, traceFlags, isRemote: true });
  assert.deepEqual(parseTraceParent(`00-${traceId}-${spanId}-01`), at(1));
  assert.deepEqual(parseTraceParent(`00-${traceId}-${spanId}-00`), at(0));
  assert.deepEqual(parseTraceParent(`00-${traceId}-${spanId}-ff`), at(1));
  assert.deepEqual(parseTraceParent(`cc-${traceId}-${spanId}-01-what-comes`), at(1));
});

test('a traceparent that is malformed is none', () => {
  const malformed = [
    undefined,
    '',
    traceId,
    [`00-${traceId}-${spanId}-01`],
    `ff-${traceId}-${spanId}-01`,
    `00-${traceId}-${spanId}-01-more`,
    `00-${traceId.toUpperCase()}-${spanId}-01`,
    `00-${'0'.repeat(32)}-${spanId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId}-${spanId}`,
    ` 00-${traceId}-${spanId}-01`,
    `00-${traceId}-${spanId}-01\n`,
  ];
  for (const header of malformed) assert.equal(parseTraceParent(header), undefined, String(header));
});
