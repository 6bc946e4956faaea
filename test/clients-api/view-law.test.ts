import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import type { TestContext } from 'node:test';
import fc from 'fast-check';
import { signatureAlgs } from '../../src/clients/client.ts';
import type { ClientPatch } from '../../src/clients/patch.ts';
import { clientScopes, connectService } from '../connect/face.ts';
import { asOperator, inOneWorld, register } from '../connect/world.ts';
import { arbitraryPatch } from '../fixtures/arbitrary-client.ts';
import { openLoginApi } from '../login-api/face.ts';
import { dataOf, listOf, pathOf, type Shown, open as startWorld, type World } from './world.ts';

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

const pem = generateKeyPairSync('ed25519').publicKey.export({ format: 'pem', type: 'spki' }).toString();

async function open(context: TestContext): Promise<LawWorld> {
  const world = await startWorld(context, declarations);
  const other = await register(world.server, {});
  const provider = await world.createProvider('Staff');
  const registered = await world.createScope({ name: 'exports' });
  const scopes = ['openid', 'reports', 'backend', 'payroll', String(registered['name'])];
  const patches = fc
    .tuple(
      arbitraryPatch({ applicationIds: ['orders', 'stock'], clientIds: [other.id], scopes }),
      fc.record({
        authorizedScopes: fc.shuffledSubarray(scopes),
        identityProviderId: fc.constantFrom(null, provider.id),
        jwtPublicKey: fc.constantFrom(null, pem),
        tokenEndpointJwtAuthAlg: fc.constantFrom(...signatureAlgs),
        authorizationRequestTtl: fc.option(fc.integer({ min: 1, max: 600 })),
        idTokenTtl: fc.option(fc.integer({ min: 1, max: 86_400 })),
        checkPublicClientId: fc.boolean(),
      }),
    )
    .map(([general, more]) => ({ ...general, ...more }));
  return { ...world, patches };
}

/** Reads a client in one of the ways of the dialect. */
type Read = (world: World, id: string) => Promise<Shown>;

const readOne: Read = ({ read }, id) => read(id);

const readList: Read = async ({ call }, id) =>
  listOf(await call('GET', '/api/clients')).find((client) => client.id === id) ?? assert.fail();

/** Everything that is stored of a client: the record with its revision and the time of its last change, and its secrets. */
const storedOf = ({ server }: World, id: string) => server.loadClient(id);

async function checkLaw(world: World, id: string, read: Read): Promise<void> {
  const before = await storedOf(world, id);
  const shown = await read(world, id);
  const fields = Object.entries(shown).map(([name, value]) => ({ [name]: value }));
  for (const client of [shown, ...fields, {}]) {
    for (const method of client === shown ? ['PUT', 'PATCH'] : ['PATCH']) {
      const answer = await world.call(method, pathOf(id), { client });
      assert.deepEqual({ ...dataOf(answer), secret: shown['secret'] }, shown, JSON.stringify(client));
    }
  }
  assert.deepEqual(await storedOf(world, id), before);
  const written = `select id from audit_events where target_id = '${id}' and action = 'client.updated'`;
  assert.deepEqual(await world.server.database.run(written), []);
}

const holdsFor =
  (read: Read, numRuns: number) =>
  (world: LawWorld): Promise<void> =>
    fc.assert(
      fc.asyncProperty(
        world.patches,
        fc.constantFrom('generate' as const, undefined),
        async (patch, secret) => {
          const isMac = [patch.idTokenSignatureAlg, patch.userinfoSignedResponseAlg].some((alg) =>
            alg?.startsWith('HS'),
          );
          const { id } = await register(world.server, patch, isMac ? 'generate' : secret);
          await checkLaw(world, id, read);
        },
      ),
      { numRuns },
    );

inOneWorld<LawWorld>('writing back what was read changes nothing, whichever face made the record', open, {
  'as it is shown alone': holdsFor(readOne, 25),
  'as it is shown in the list': holdsFor(readList, 5),
  'made by this dialect': async (world) => {
    for (const fields of [
      {},
      { confidential: true, did: null },
      { token_endpoint_auth_methods: ['private_key_jwt'] },
    ]) {
      const { id } = await world.create(fields);
      await checkLaw(world, id, readOne);
    }
  },
  'made by the Connect dialect': async (world) => {
    const service = connectService(world.server, await world.server.bootstrapToken(clientScopes));
    for (const hasSecret of [true, false]) {
      const { client } = await service.createClient({ name: 'Shop', hasSecret });
      await checkLaw(world, client?.clientId ?? assert.fail(), readOne);
    }
  },
  'made by the login API': async (world) => {
    const face = await openLoginApi(world.server);
    const { id } = await face.create({ name: 'Shop', redirectUri: 'https://shop.example/callback' });
    await checkLaw(world, id, readOne);
  },
  'with a DID, with a secret beside the newest one, and with lifetimes beyond the limits of this dialect':
    async (world) => {
      const { id } = await world.create();
      await world.call('POST', pathOf(id, 'regenerate_did'));
      await world.server.registry.addSecret({ ...asOperator, id });
      const stored = await world.server.loadClient(id);
      const written = dataOf(await world.call('PUT', pathOf(id), { client: await world.read(id) }));
      assert.match(String(written['did']), /^did:key:z/);
      assert.deepEqual(await world.server.loadClient(id), stored);
      const patch = { refreshTokenTtl: 315_360_000, authorizationRequestTtl: 600 };
      await checkLaw(world, (await register(world.server, patch)).id, readOne);
    },
});
