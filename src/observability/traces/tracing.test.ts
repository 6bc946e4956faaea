import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SpanStatusCode } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { createTracing } from './tracing.ts';

/** The status of the span of a request that was answered so. */
function statusOf(answer: { readonly status: number; readonly code?: string; readonly aborted?: true }) {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const { within, answered } = createTracing(provider.getTracer('tests'), 'sqlite');
  const request = { requestId: 'id', method: 'POST', route: '/route', headers: {} };
  const response = {};
  within(request, response, () => answered({ ...request, ...answer }, response));
  const [span] = exporter.getFinishedSpans();
  return span?.status.code;
}

test('a span fails where the server has failed, also where only the code of gRPC tells', () => {
  for (const answer of [
    { status: 500 },
    { status: 503, code: 'unavailable' },
    { status: 200, code: 'internal' },
  ]) {
    assert.equal(statusOf(answer), SpanStatusCode.ERROR, JSON.stringify(answer));
  }
  for (const answer of [
    { status: 200 },
    { status: 429, code: 'resource_exhausted' },
    { status: 200, code: 'not_found' },
    { status: 200, aborted: true } as const,
  ]) {
    assert.equal(statusOf(answer), SpanStatusCode.UNSET, JSON.stringify(answer));
  }
});
