import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bootstrap } from '../fixtures/running-server.ts';
import { anyRequest } from './arbitrary-request.ts';
import { isNoFault, limits, open, type Received, type Sent, seed, send, service, stateOf } from './target.ts';

/** Connect: `{code, message}`. HTTP and OAuth: `{error, error_description}`. */
function checkShape({ path, method }: Sent, { contentType, body }: Received): void {
  if (body.length === 0 || method === 'HEAD' || contentType.startsWith('application/grpc')) return;
  assert.match(contentType, /^application\/json\b/);
  const answer = JSON.parse(body.toString());
  const isConnect = path.startsWith(`${service}/`) && 'code' in answer;
  const names = isConnect ? ['code', 'message'] : ['error', 'error_description'];
  for (const name of names) assert.equal(typeof answer[name], 'string', body.toString());
  assert.doesNotMatch(body.toString(), /\bat .*\.[jt]s:\d+|node_modules|sqlite/i);
}

test(`junk never causes a server error or a change, and every refusal has the shape of its face (seed ${seed})`, async (context) => {
  const { server, canary, agent, faults } = await open(context);
  const readToken = await server.bootstrapToken('oauth:clients:read');
  const before = stateOf(server);
  await fc.assert(
    fc.asyncProperty(anyRequest(canary, readToken), async (sent) => {
      const received = await send(server, agent, sent);
      assert.ok(isNoFault(sent, received), `${received.status} ${received.body}`);
      if (received.status >= 400) checkShape(sent, received);
    }),
    limits(3_000),
  );
  assert.deepEqual(stateOf(server), before);
  assert.deepEqual(faults, []);
  assert.equal((await server.requestToken(bootstrap)).status, 200);
});
