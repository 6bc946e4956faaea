import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { errors, type JWTPayload, jwtVerify } from 'jose';
import type { SignatureAlg } from '../../src/clients/client.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { dataOf, openOn, pathOf, type ShownClient } from '../clients-api/world.ts';
import { inOneWorld } from '../connect/world.ts';
import { publishedKids } from '../fixtures/discovery.ts';
import { callback, type RelyingParty, relyingPartyOf } from '../fixtures/relying-party.ts';
import { startRemoteSigner } from '../fixtures/remote-signer.ts';
import { alice, openSignInWorld } from '../fixtures/sign-in-world.ts';
import { temporaryDirectory } from '../fixtures/temporary-directory.ts';
import { createJoseVerifier } from './accepted-tokens.ts';
import { type AtClient, arrive, placeOutcome } from './sign-ins.ts';
import { fitting, type Kind, kidOf, kinds } from './signing-world.ts';
import { answerOutcome } from './world.ts';

const macs: readonly SignatureAlg[] = ['HS256', 'HS384', 'HS512'];

/** A server whose clients have keys of every kind, made through the clients API; universal ones are at a remote signer. */
async function open(context: TestContext) {
  const signer = await startRemoteSigner(context);
  const env = signer.configure(temporaryDirectory(context), { accounts: [alice] });
  const { server, newPerson } = await openSignInWorld(context, { env });
  const api = await openOn(server);
  const verifyByKeySet = await createJoseVerifier(server);
  const provider = { ...server, clock: systemClock };

  /** A client with a key, and alice signed in at it. */
  const arriveAtNew = async (key: object): Promise<AtClient> => {
    const { id, secret } = await api.create({
      redirect_uris: [callback],
      supported_grant_types: ['authorization_code', 'implicit', 'refresh_token'],
      confidential: true,
      ...key,
    });
    const { client } = (await server.loadClient(id)) ?? assert.fail();
    return arrive(newPerson(), relyingPartyOf(provider, client, secret));
  };
  const set = async ({ relyingParty: { client } }: AtClient, alg: SignatureAlg): Promise<ShownClient> =>
    dataOf(
      await api.change(client.id, { id_token_signature_alg: alg, userinfo_signed_response_alg: alg }),
    ) as ShownClient;

  const verify = async (
    token: string,
    { client, secret }: RelyingParty,
    alg: SignatureAlg,
  ): Promise<JWTPayload> => {
    if (!alg.startsWith('HS')) {
      return verifyByKeySet(token, { clientId: client.id, alg, at: systemClock.now() });
    }
    const options = { issuer: server.issuer, audience: client.id, algorithms: [alg] };
    return (await jwtVerify(token, Buffer.from(secret ?? ''), options)).payload;
  };
  return { server, signer, api, arriveAtNew, set, verify };
}

type World = Awaited<ReturnType<typeof open>>;

/** Everything that is signed for a client: at the code, at the refresh, in the fragment and by userinfo. */
async function signedFor({ person, relyingParty }: AtClient, issuer: string): Promise<readonly string[]> {
  const { tokens } = await arrive(person, relyingParty);
  const refreshed = await relyingParty.refresh(tokens.refreshToken ?? '');
  const { client } = await person.open(relyingParty.authorize({ response_type: 'id_token' }).url);
  const userinfo = await fetch(`${issuer}/oauth/userinfo`, {
    headers: { authorization: `Bearer ${tokens.accessToken}` },
  });
  assert.equal(userinfo.headers.get('content-type'), 'application/jwt');
  return [
    tokens.idToken ?? '',
    String(refreshed.body['id_token']),
    client?.parameters.get('id_token') ?? '',
    await userinfo.text(),
  ];
}

async function assertSigned(world: World, at: AtClient, alg: SignatureAlg): Promise<readonly string[]> {
  const signed = await signedFor(at, world.server.issuer);
  for (const token of signed) {
    assert.equal((await world.verify(token, at.relyingParty, alg)).sub, alice.id);
  }
  return signed;
}

const ofOneKey = Object.entries(fitting).filter(([kind]) => kind !== 'RSA of 3072 bits');

inOneWorld<World>('what is signed for people at the endpoints', open, {
  ...Object.fromEntries(
    (ofOneKey as [Kind, readonly SignatureAlg[]][]).map(([kind, algs]) => [
      `${kind}: ${algs.join(', ')} verify before and after regenerate_key_pair`,
      async (world: World) => {
        const at = await world.arriveAtNew(kinds[kind]);
        const [first = assert.fail()] = algs;
        await world.set(at, first);
        const before = await assertSigned(world, at, first);
        const { id } = at.relyingParty.client;
        dataOf(await world.api.call('POST', pathOf(id, 'regenerate_key_pair')));
        const after = [];
        for (const alg of algs) {
          await world.set(at, alg);
          after.push(...(await assertSigned(world, at, alg)));
        }
        for (const token of before) await world.verify(token, at.relyingParty, first);
        const [old, others] = [new Set(before.map(kidOf)), new Set(after.map(kidOf))];
        assert.deepEqual([old.size, others.size, old.isDisjointFrom(others)], [1, 1, true]);
        const kids = await publishedKids(world.server);
        assert.ok([...old, ...others].every((kid) => kids.has(kid)));
      },
    ]),
  ),

  'HS256, HS384 and HS512 sign with the secret, and with the new one from the next request on': async (
    world,
  ) => {
    const at = await world.arriveAtNew(kinds['P-256']);
    for (const alg of macs) {
      await world.set(at, alg);
      await assertSigned(world, at, alg);
    }
    const { id } = at.relyingParty.client;
    const { secret } = dataOf(await world.api.change(id, { secret: 'n'.repeat(64) })) as ShownClient;
    const { client } = (await world.server.loadClient(id)) ?? assert.fail();
    const provider = { ...world.server, clock: systemClock };
    const renewed = { ...at, relyingParty: relyingPartyOf(provider, client, secret) };
    const [token = ''] = await assertSigned(world, renewed, 'HS512');
    await assert.rejects(
      world.verify(token, at.relyingParty, 'HS512'),
      errors.JWSSignatureVerificationFailed,
    );
  },

  'an algorithm that does not fit the key is none that a client can have': async ({ api, arriveAtNew }) => {
    const { id } = (await arriveAtNew(kinds['P-256'])).relyingParty.client;
    for (const alg of ['RS256', 'ES384', 'EdDSA']) {
      for (const field of ['id_token_signature_alg', 'userinfo_signed_response_alg']) {
        assert.equal((await api.change(id, { [field]: alg })).status, 422, `${field} ${alg}`);
      }
    }
  },

  'while a remote signer does not sign nothing is given, and nothing is used up': async (world) => {
    const { signer, server } = world;
    const at = await world.arriveAtNew(kinds.universal);
    await world.set(at, 'EdDSA');
    const { relyingParty, code, request, tokens, person } = at;
    const userinfo = async () => {
      const headers = { authorization: `Bearer ${tokens.accessToken}` };
      return (await fetch(`${server.issuer}/oauth/userinfo`, { headers })).status;
    };
    const all = async () => [
      answerOutcome(await relyingParty.exchange(code, request)),
      answerOutcome(await relyingParty.refresh(tokens.refreshToken ?? '')),
      placeOutcome(await person.open(relyingParty.authorize({ response_type: 'id_token' }).url)),
      await userinfo(),
    ];
    const granted = () => server.database.run('select id from grants');
    const before = await granted();
    signer.behave('server-error');
    const unavailable = '503 temporarily_unavailable';
    assert.deepEqual(await all(), [unavailable, unavailable, 'error temporarily_unavailable', 503]);
    assert.deepEqual(await granted(), before);
    signer.behave(null);
    assert.deepEqual(await all(), ['ok', 'ok', 'id_token', 200]);
  },
});
