import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import fc from 'fast-check';
import { enveloped, protobuf } from './arbitrary-protobuf.ts';
import { connectPaths, limits, open, seed, stateOf } from './target.ts';

test(`random bytes never are an internal error over gRPC, and the port serves on (seed ${seed})`, async (context) => {
  const { server, faults } = await open(context);
  const readToken = await server.bootstrapToken('oauth:clients:read');
  const before = await stateOf(server);
  const session = connectHttp2(`http://127.0.0.1:${server.grpcPort}`);
  context.after(() => session.destroy());
  const attempt = fc.record({
    path: fc.constantFrom(...connectPaths, '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo', '/x'),
    message: protobuf,
    flags: fc.constantFrom(0, 0, 0, 1, 2, 255),
    raw: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(attempt, async ({ path, message, flags, raw }) => {
      const stream = session.request({
        ':method': 'POST',
        ':path': path,
        'content-type': 'application/grpc+proto',
        te: 'trailers',
        authorization: `Bearer ${readToken}`,
      });
      const answered = once(stream, 'response');
      let trailers: Readonly<Record<string, unknown>> = {};
      stream.on('trailers', (received) => {
        trailers = received;
      });
      stream.end(raw ? message : enveloped(message, flags));
      const [headers] = await answered;
      await buffer(stream);
      assert.ok(headers[':status'] < 500);
      const status = String(trailers['grpc-status'] ?? headers['grpc-status'] ?? '');
      assert.ok(
        !['2', '15'].includes(status),
        `${status} ${trailers['grpc-message'] ?? headers['grpc-message']}`,
      );
    }),
    limits(1_000),
  );
  assert.deepEqual(await stateOf(server), before);
  assert.deepEqual(faults, []);
});
