import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../kernel/clock.ts';
import { silentLogger } from '../kernel/logger.ts';
import { type ObserverOptions, openObservers } from './observers.ts';

const options: ObserverOptions = {
  metrics: { enabled: false, token: null },
  env: {},
  driver: 'sqlite',
  codeOf: () => undefined,
  logger: silentLogger,
  clock: systemClock,
};

const port = { load: async () => 1 };

test('what nobody observes is not wrapped', async () => {
  const observers = await openObservers(options);
  const stores = { clients: port };
  assert.equal(observers.watchStores(stores), stores);
  assert.equal(observers.watchRegistry(port), port);
  assert.equal(observers.requests, undefined);
  assert.equal(observers.protocol, undefined);
  assert.equal(observers.batches, undefined);
  await observers.close();
});

test('without traces nothing stands around a request', async () => {
  const observers = await openObservers({ ...options, metrics: { enabled: true, token: null } });
  assert.equal(observers.requests?.within, undefined);
  await observers.close();
});

test('a watched call answers the very promise that it would have answered', async () => {
  const observers = await openObservers({ ...options, metrics: { enabled: true, token: null } });
  const answer = Promise.resolve(1);
  const refusal = Promise.reject(new Error('refused'));
  const { a } = observers.watchStores({ a: { load: () => answer, fail: () => refusal } });
  assert.equal(a.load(), answer);
  assert.equal(a.fail(), refusal);
  await assert.rejects(refusal, /refused/);
  await observers.close();
});

test('traces that seem to be wanted and cannot be had are told to the operator, and the server goes on', async () => {
  const warnings: object[] = [];
  const logger = { ...silentLogger, warn: (facts: object) => warnings.push(facts) };
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector' };
  const observers = await openObservers({ ...options, logger, env });
  assert.equal(observers.requests, undefined);
  assert.deepEqual(warnings, [{ reason: 'OTEL_EXPORTER_OTLP_ENDPOINT: must be an http or https URL' }]);
  await observers.close();
});
