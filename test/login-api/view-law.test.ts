import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import fc from 'fast-check';
import type { ClientPatch } from '../../src/clients/patch.ts';
import type { JsonObject } from '../../src/kernel/encoding.ts';
import { clientScopes, connectService } from '../connect/face.ts';
import { countAuditEntries, inOneWorld, recordOf, register } from '../connect/world.ts';
import { arbitraryPatch } from '../fixtures/arbitrary-client.ts';
import { pathOf, robot, root, open as startWorld, type World } from './world.ts';

interface LawWorld extends World {
  readonly patches: fc.Arbitrary<ClientPatch>;
}

const declarations = {
  applications: [
    { id: 'orders', name: 'Orders', audience: 'https://orders.example/' },
    { id: 'stock', name: 'Stock', audience: 'https://stock.example/' },
  ],
  scopes: [
    { name: 'reports', label: 'Read reports', public: true },
    { name: 'payroll', label: 'Pay' },
  ],
};

const ofPeople = ['oauth:client-authorisations:read', 'oauth:client-authorisations:revoke'];
const publicScopes = [
  ...['openid', 'profile', 'email', 'address', 'phone', 'offline_access'],
  ...ofPeople,
  'reports',
];

async function open(context: TestContext): Promise<LawWorld> {
  const world = await startWorld(context, declarations);
  const other = await register(world.server, {});
  const scopes = ['openid', 'login', 'reports', 'backend', 'payroll', 'auth', 'login-register'];
  const general = arbitraryPatch({ applicationIds: ['orders', 'stock'], clientIds: [other.id], scopes });
  const patches = fc
    .tuple(general, fc.constantFrom(null, robot.id), fc.option(fc.shuffledSubarray(scopes)))
    .map(([patch, clientCredentialsSubject, allowedScopes]) => ({
      ...patch,
      clientCredentialsSubject,
      allowedScopes,
    }));
  return { ...world, patches };
}

/** Reads a client in one of the ways of the dialect. */
type Read = (world: World, id: string) => Promise<JsonObject>;

const readOne: Read = async ({ call }, id) => (await call('GET', pathOf(id))).json as JsonObject;

const readList: Read = async ({ call }, id) => {
  const all = (await call('GET', root)).json as readonly JsonObject[];
  return all.find((client) => client['id'] === id) ?? assert.fail();
};

function holdsFor(read: Read, numRuns: number): (world: LawWorld) => Promise<void> {
  return (world) =>
    fc.assert(
      fc.asyncProperty(world.patches, async (patch) => {
        const { id } = await register(world.server, patch, 'generate');
        const before = await recordOf(world.server, id);
        const shown = await read(world, id);
        for (const input of [
          shown,
          ...Object.entries(shown).map(([name, value]) => ({ [name]: value })),
          {},
        ]) {
          const { status, text } = await world.call('PUT', pathOf(id), input);
          assert.equal(status, 200, text);
        }
        // The record as a whole: its revision and the time of its last change too.
        assert.deepEqual(await recordOf(world.server, id), before);
        assert.equal(await countAuditEntries(world.server, id), 1);
      }),
      { numRuns },
    );
}

inOneWorld<LawWorld>('writing back what was read changes nothing, whichever face made the record', open, {
  'as it is shown alone': holdsFor(readOne, 60),
  'as it is shown in the list': holdsFor(readList, 20),
  'made by the Connect dialect': async (world) => {
    const { server, call } = world;
    const service = connectService(server, await server.bootstrapToken(clientScopes));
    for (const hasSecret of [true, false]) {
      const { client } = await service.createClient({
        name: 'Shop',
        hasSecret,
        usesManagedBuckets: hasSecret,
      });
      const id = client?.clientId ?? assert.fail();
      const before = await recordOf(server, id);
      const { status } = await call('PUT', pathOf(id), await readOne(world, id));
      assert.equal(status, 200);
      assert.deepEqual(await recordOf(server, id), before);
    }
  },
  'and setting the scopes of a client that means every public one writes down those of the moment': async (
    world,
  ) => {
    const { server, call, send } = world;
    const { id } = await register(server, { name: 'Shop', allowedScopes: null });
    const token = await server.bootstrapToken('scopes:manage:all');
    const scope = { name: 'fresh', label: 'Fresh', public: true };
    assert.equal((await send('POST', '/api/scopes', { token, body: { scope } })).status, 201);
    const { json } = await call('PUT', pathOf(id), { validScopes: ['backend'] });
    assert.deepEqual((json as JsonObject)['validScopes'], ['backend']);
    const { allowedScopes } = await recordOf(server, id);
    assert.deepEqual(allowedScopes?.toSorted(), [...publicScopes, 'fresh', 'backend'].toSorted());
  },
});
