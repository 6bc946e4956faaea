import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTraceSwitch } from './trace-switch.ts';

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4318' };

test('an endpoint switches traces on', () => {
  assert.deepEqual(readTraceSwitch(endpoint), { on: true });
  assert.deepEqual(readTraceSwitch({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://c.example/v1/traces' }), {
    on: true,
  });
  assert.deepEqual(readTraceSwitch({ ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' }), {
    on: true,
  });
});

test('without an endpoint, or switched off, there are none, and nothing to say', () => {
  const offs = [
    {},
    { OTEL_SERVICE_NAME: 'a' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: '' },
    { ...endpoint, OTEL_SDK_DISABLED: 'True' },
    { ...endpoint, OTEL_TRACES_EXPORTER: 'none' },
  ];
  for (const env of offs) assert.deepEqual(readTraceSwitch(env), { on: false });
});

test('what cannot be had is off with a reason that quotes no value', () => {
  const offs = [
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'user:password-of-the-collector' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'ftp://password-of-the-collector' },
    { ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
    { ...endpoint, OTEL_TRACES_EXPORTER: 'console' },
  ];
  for (const env of offs) {
    const read = readTraceSwitch(env);
    assert.ok(!read.on && read.reason?.startsWith('OTEL_'));
    assert.doesNotMatch(read.reason ?? '', /password/);
  }
});
