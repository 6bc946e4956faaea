import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { enveloped, protobuf } from './arbitrary-protobuf.ts';
import { connectPaths, isNoFault, limits, open, seed, send, stateOf } from './target.ts';

/** What only reads, or fails, whatever it is sent with a token that may do everything. */
const readingMethods = ['GetClient', 'ListClients', 'GetPublicClients'];

test(`random protobuf never is an internal error over Connect or gRPC-Web (seed ${seed})`, async (context) => {
  const { server, token, agent, faults } = await open(context);
  const readToken = await server.bootstrapToken('oauth:clients:read');
  const before = await stateOf(server);
  const attempt = fc.record({
    path: fc.constantFrom(...connectPaths),
    web: fc.boolean(),
    message: protobuf,
    flags: fc.constantFrom(0, 0, 0, 1, 2, 128, 255),
  });
  await fc.assert(
    fc.asyncProperty(attempt, async ({ path, web, message, flags }) => {
      const mayManage = readingMethods.some((name) => path.endsWith(`/${name}`));
      const sent = {
        method: 'POST',
        path,
        headers: {
          'content-type': web ? 'application/grpc-web+proto' : 'application/proto',
          authorization: `Bearer ${mayManage ? token : readToken}`,
        },
        body: web ? enveloped(message, flags) : message,
      };
      const received = await send(server, agent, sent);
      assert.ok(isNoFault(sent, received), `${received.status} ${received.body}`);
      assert.doesNotMatch(received.body.toString('latin1'), /grpc-status: (2|15)\b/);
    }),
    limits(2_000),
  );
  assert.deepEqual(await stateOf(server), before);
  assert.deepEqual(faults, []);
});
