import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bootstrap } from '../fixtures/running-server.ts';
import { anyRequest } from './arbitrary-request.ts';
import { isNoFault, limits, open, type Received, type Sent, seed, send, service, stateOf } from './target.ts';

/** Where each face is, and what its errors are made of; everywhere else they are those of HTTP and OAuth. */
const shapes: readonly (readonly [place: RegExp, names: readonly string[]])[] = [
  [/^\/auth\/api\/login\/client(\/|$)/, ['message', 'error']],
  [/^\/api\/(clients|scopes|identity-providers)(\/|$)/, ['code', 'message']],
];

function namesAt({ path }: Sent, answer: object): readonly string[] {
  if (path.startsWith(`${service}/`) && 'code' in answer) return ['code', 'message'];
  const bare = path.split(/[?#]/, 1)[0] ?? '';
  return shapes.find(([place]) => place.test(bare))?.[1] ?? ['error', 'error_description'];
}

function checkShape(sent: Sent, { contentType, body }: Received): void {
  if (body.length === 0 || sent.method === 'HEAD' || contentType.startsWith('application/grpc')) return;
  assert.match(contentType, /^application\/json\b/);
  const answer = JSON.parse(body.toString());
  for (const name of namesAt(sent, answer)) assert.equal(typeof answer[name], 'string', body.toString());
  assert.doesNotMatch(body.toString(), /\bat .*\.[jt]s:\d+|node_modules|sqlite/i);
}

test(`junk never causes a server error or a change, and every refusal has the shape of its face (seed ${seed})`, async (context) => {
  const { server, canary, agent, faults } = await open(context);
  const readToken = await server.bootstrapToken('oauth:clients:read');
  const before = await stateOf(server);
  await fc.assert(
    fc.asyncProperty(anyRequest(canary, readToken), async (sent) => {
      const received = await send(server, agent, sent);
      assert.ok(isNoFault(sent, received), `${received.status} ${received.body}`);
      if (received.status >= 400) checkShape(sent, received);
    }),
    limits(3_000),
  );
  assert.deepEqual(await stateOf(server), before);
  assert.deepEqual(faults, []);
  assert.equal((await server.requestToken(bootstrap)).status, 200);
});
