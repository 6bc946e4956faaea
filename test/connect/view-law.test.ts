import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import fc from 'fast-check';
import type { ClientPatch } from '../../src/clients/patch.ts';
import type { JsonObject } from '../../src/kernel/encoding.ts';
import { arbitraryPatch } from '../fixtures/arbitrary-client.ts';
import type { TestServer } from '../fixtures/running-server.ts';
import { clientScopes, connectService } from './face.ts';
import { call, countAuditEntries, inOneWorld, recordOf, register, startDeclaring } from './world.ts';

interface World {
  readonly server: TestServer;
  readonly token: string;
  readonly patches: fc.Arbitrary<ClientPatch>;
}

const declarations = {
  applications: [
    { id: 'orders', name: 'Orders', audience: 'https://orders.example/' },
    { id: 'stock', name: 'Stock', audience: 'https://stock.example/' },
  ],
  scopes: [{ name: 'reports', label: 'Read reports' }],
};

/** Any JSON object that the strict reader lets in. */
const jsonConfig = fc
  .dictionary(fc.string(), fc.jsonValue())
  .filter((config) => !JSON.stringify(config).includes('"__proto__":'))
  .map((config) => ({ ...config }) as JsonObject);

async function open(context: TestContext): Promise<World> {
  const server = await startDeclaring(context, declarations);
  const [first, second] = [await register(server, {}), await register(server, {})];
  const general = arbitraryPatch({
    applicationIds: ['orders', 'stock'],
    clientIds: [first.id, second.id],
    scopes: ['openid', 'offline_access', 'reports', 'backend'],
  });
  const configured = fc.tuple(general, jsonConfig).map(([patch, config]) => ({
    ...patch,
    applicationBindings: [{ applicationId: 'stock', config: { jsonConfig: config } }],
  }));
  const patches = fc.oneof(general, configured);
  return { server, token: await server.bootstrapToken(clientScopes), patches };
}

/** What an update has no field for. */
const notUpdatable: ReadonlySet<string> = new Set([
  'clientSecret',
  'createdAt',
  'updatedAt',
  'applicationId',
  'usesManagedBuckets',
]);

/** Reads a client and writes all of it back, in one of the forms of the dialect. */
type RoundTrip = (world: World, clientId: string) => Promise<void>;

const overJson: RoundTrip = async ({ server, token }, clientId) => {
  const { json } = await call(server, 'GetClient', { clientId }, { token });
  const fields = Object.entries(json['Client'] ?? assert.fail()).filter(([name]) => !notUpdatable.has(name));
  for (const mask of [{ updateMask: '*' }, {}]) {
    const body = { ...Object.fromEntries(fields), ...mask };
    const { status, text } = await call(server, 'UpdateClient', body, { token });
    assert.equal(status, 200, text);
  }
};

const overBinary: RoundTrip = async ({ server, token }, clientId) => {
  const service = connectService(server, token, true);
  const { client } = await service.getClient({ clientId });
  assert.ok(client);
  const { $typeName: _, createdAt, updatedAt, applicationId, usesManagedBuckets, ...fields } = client;
  for (const paths of [['*'], []]) await service.updateClient({ ...fields, updateMask: { paths } });
};

function holdsFor(roundTrip: RoundTrip): (world: World) => Promise<void> {
  return (world) =>
    fc.assert(
      fc.asyncProperty(world.patches, async (patch) => {
        const { id } = await register(world.server, patch, 'generate');
        const before = await recordOf(world.server, id);
        await roundTrip(world, id);
        // The record as a whole: its revision and the time of its last change too.
        assert.deepEqual(await recordOf(world.server, id), before);
        assert.equal(await countAuditEntries(world.server, id), 1);
      }),
      { numRuns: 100 },
    );
}

inOneWorld<World>('writing back what was read changes nothing, whichever face made the record', open, {
  'over JSON': holdsFor(overJson),
  'over binary': holdsFor(overBinary),
});
