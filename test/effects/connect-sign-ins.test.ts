import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { decodeJwt } from 'jose';
import { clientScopes, connectService, type Service } from '../connect/face.ts';
import { inOneWorld } from '../connect/world.ts';
import { readConsentPage } from '../fixtures/consent-page.ts';
import { startLogoutReceiver } from '../fixtures/logout-receiver.ts';
import { callback, type RelyingParty, signedOut } from '../fixtures/relying-party.ts';
import { signInAndAllow } from '../fixtures/sign-in-world.ts';
import {
  type AtClient,
  allOk,
  arrive,
  type Outcomes,
  openSignIns,
  outcomesAt,
  placeOutcome,
  userinfoOutcome,
} from './sign-ins.ts';
import { answerOutcome, archive, billing } from './world.ts';

type Creation = Parameters<Service['createClient']>[0];
type Change = Omit<Parameters<Service['updateClient']>[0], 'clientId' | '$typeName'>;

const elsewhere = 'https://client.example/elsewhere';

/** A server whose clients for people are administered through the Connect dialect alone. */
async function open(context: TestContext) {
  const world = await openSignIns(context, { env: { CLIENTELE_EGRESS_ALLOW_LOOPBACK: 'true' } });
  const party = await startLogoutReceiver(context);
  const service = connectService(world.server, await world.server.bootstrapToken(clientScopes));
  const create = async (fields: Creation = {}): Promise<RelyingParty> => {
    const { client } = await service.createClient({
      name: 'Shop',
      redirectUri: callback,
      hasSecret: true,
      supportsCodeGrant: true,
      supportsImplicitGrant: true,
      supportsRefreshToken: true,
      ...fields,
    });
    assert.ok(client);
    return world.relyingParty(client.clientId, client.clientSecret || null);
  };
  const update = ({ client }: Pick<RelyingParty, 'client'>, fields: Change) =>
    service.updateClient({ ...fields, clientId: client.id } as Parameters<Service['updateClient']>[0]);
  /** A person at a client that has just been registered, with a refresh token for when they are away. */
  const arriveAtNew = async (fields: Creation = {}): Promise<AtClient> =>
    arrive(
      world.newPerson(),
      await create(fields),
      { scope: 'openid offline_access' },
      { prompt: 'consent' },
    );
  return { ...world, party, service, create, update, arriveAtNew };
}

type World = Awaited<ReturnType<typeof open>>;

inOneWorld<World>('settings of the Connect dialect, for people', open, {
  'name, description, websiteUrl, logoUrl and isVerified: what the consent page and GetPublicClients tell':
    async ({ service, create, update, newPerson }) => {
      const relyingParty = await create();
      const person = newPerson();
      const shown = async () => {
        await signInAndAllow(person, relyingParty.authorize());
        await person.open(relyingParty.authorize({ prompt: 'consent' }).url);
        const { name, badge, description, website, logo } = readConsentPage(person.page());
        const { clients } = await service.getPublicClients({ clientId: [relyingParty.client.id] });
        const { $typeName: _, clientId: __, ...known } = clients[relyingParty.client.id] ?? assert.fail();
        return { page: { name, badge, description, website, logo }, known };
      };
      const before = await shown();
      assert.deepEqual(before.page, {
        name: 'Shop',
        badge: 'Not verified',
        description: '',
        website: '',
        logo: '',
      });
      const websiteUrl = 'https://client.example/about';
      const logoUrl = 'https://client.example/logo.png';
      const told = { name: 'Store', description: 'Sells things.', websiteUrl, logoUrl, isVerified: true };
      await update(relyingParty, told);
      const after = await shown();
      assert.deepEqual(after.page, {
        name: 'Store',
        badge: 'Verified',
        description: 'Sells things.',
        website: websiteUrl,
        logo: logoUrl,
      });
      const { name, description, isVerified } = after.known;
      const publicly = {
        name,
        description,
        websiteUrl: after.known.websiteUrl,
        logoUrl: after.known.logoUrl,
      };
      assert.deepEqual({ ...publicly, isVerified }, { ...told, isVerified: 'true' });
      assert.equal(before.known.isVerified, 'false');
    },

  'each setting of the Connect dialect holds for requests, codes and tokens of people, from the next request on':
    async ({ update, arriveAtNew }) => {
      const rows: readonly (readonly [Change, Partial<Outcomes>])[] = [
        [{ name: 'Store' }, {}],
        [
          { redirectUri: elsewhere },
          { authorize: '400 Invalid redirect_uri', exchange: '400 invalid_grant' },
        ],
        [
          { supportsCodeGrant: false },
          { authorize: 'error unauthorized_client', exchange: '400 unauthorized_client' },
        ],
        [{ supportsRefreshToken: false }, { refresh: '400 unauthorized_client' }],
      ];
      for (const [change, expected] of rows) {
        const at = await arriveAtNew();
        await update(at.relyingParty, change);
        assert.deepEqual([change, await outcomesAt(at)], [change, { ...allOk, ...expected }]);
      }
    },

  'redirectUri: the default of a request that is none of OpenID Connect': async ({
    create,
    update,
    newPerson,
  }) => {
    const relyingParty = await create();
    const person = newPerson();
    const redirectedTo = async (scope: string) => {
      const place = await signInAndAllow(person, relyingParty.authorize({ redirect_uri: null, scope }));
      return place.client?.redirectUri ?? placeOutcome(place);
    };
    assert.equal(await redirectedTo('reports'), callback);
    await update(relyingParty, { redirectUri: elsewhere });
    assert.equal(await redirectedTo('reports'), elsewhere);
    assert.equal(await redirectedTo('openid'), '400 Invalid redirect_uri');
  },

  'supportsCodeGrant, supportsImplicitGrant and supportsRefreshToken: what a response may have': async ({
    create,
    update,
    newPerson,
  }) => {
    const relyingParty = await create();
    const person = newPerson();
    await signInAndAllow(person, relyingParty.authorize());
    const types = [
      'code',
      'token',
      'id_token',
      'id_token token',
      'code id_token',
      'code token',
      'code id_token token',
    ];
    const answered = async () => {
      const outcomes: boolean[] = [];
      for (const response_type of types) {
        const { url } = relyingParty.authorize({ response_type });
        outcomes.push(placeOutcome(await person.open(url)).startsWith('error unauthorized_client'));
      }
      return types.filter((_, index) => !outcomes[index]);
    };
    assert.deepEqual(await answered(), types);
    await update(relyingParty, { supportsImplicitGrant: false });
    assert.deepEqual(await answered(), ['code']);
    await update(relyingParty, { supportsImplicitGrant: true, supportsCodeGrant: false });
    assert.deepEqual(await answered(), ['token', 'id_token', 'id_token token']);

    await update(relyingParty, { supportsCodeGrant: true, supportsRefreshToken: false });
    const { tokens } = await arrive(
      person,
      relyingParty,
      { scope: 'openid offline_access' },
      { prompt: 'consent' },
    );
    assert.deepEqual([tokens.refreshToken, tokens.scope], [null, 'openid']);
  },

  'hasSecret: with one, it is needed for codes and refresh tokens; without, PKCE is': async ({
    clock,
    arriveAtNew,
    relyingParty: as,
  }) => {
    const secretLess = { ...allOk, exchange: '401 invalid_client', refresh: '401 invalid_client' };
    const withSecret = await arriveAtNew();
    const { id } = withSecret.relyingParty.client;
    assert.deepEqual(await outcomesAt(withSecret, await as(id, null)), secretLess);
    assert.deepEqual(await outcomesAt(withSecret, await as(id, 'wrong')), secretLess);
    assert.deepEqual(await outcomesAt(withSecret), allOk);

    const secretless = await arriveAtNew({ hasSecret: false });
    const ofOpen = await as(secretless.relyingParty.client.id, 'made up');
    assert.deepEqual(await outcomesAt(secretless, ofOpen), secretLess);
    assert.deepEqual(await outcomesAt(secretless), allOk);
    const { url } = secretless.relyingParty.authorize({ code_challenge: null, code_challenge_method: null });
    assert.equal(placeOutcome(await secretless.person.open(url)), 'error invalid_request');
    // It was rotated above, and a minute later that was once too often.
    clock.advance(60);
    const again = await secretless.relyingParty.refresh(secretless.tokens.refreshToken ?? '');
    assert.equal(answerOutcome(again), '400 invalid_grant');
    assert.equal(await userinfoOutcome(secretless), '401 invalid_token');
  },

  'RegenerateSecret: codes and refresh tokens take the new secret alone, from the next request on': async ({
    service,
    arriveAtNew,
    relyingParty: as,
  }) => {
    const at = await arriveAtNew();
    const { id } = at.relyingParty.client;
    const { clientSecret = '' } = await service.regenerateSecret({ clientId: id, includeSecret: true });
    const refused = { ...allOk, exchange: '401 invalid_client', refresh: '401 invalid_client' };
    assert.deepEqual(await outcomesAt(at), refused);
    assert.deepEqual(await outcomesAt(at, await as(id, clientSecret)), allOk);
  },

  'applicationId and applicationBindings: audience, scopes and claims of the tokens of people': async ({
    create,
    update,
    newPerson,
  }) => {
    const config = { jsonConfig: { plan: 'gold' } };
    const relyingParty = await create({
      applicationId: archive.id,
      applicationBindings: [{ applicationId: billing.id, config }],
    });
    const at = await arrive(
      newPerson(),
      relyingParty,
      { scope: 'openid offline_access invoices:read' },
      { prompt: 'consent' },
    );
    const { aud, scope, application_id, application_bindings } = decodeJwt(at.tokens.accessToken);
    assert.deepEqual(
      { aud, scope, application_id, application_bindings },
      {
        aud: billing.audience,
        scope: 'openid offline_access invoices:read',
        application_id: archive.id,
        application_bindings: [{ application_id: billing.id, config: { json_config: { plan: 'gold' } } }],
      },
    );
    const refreshed = async () => at.relyingParty.refresh(at.tokens.refreshToken ?? '');
    const narrower = decodeJwt(String((await refreshed()).body['access_token']));
    assert.equal(narrower['scope'], scope);

    await update(relyingParty, { applicationBindings: [], updateMask: { paths: ['application_bindings'] } });
    assert.equal(answerOutcome(await refreshed()), '400 invalid_target');
    assert.equal(answerOutcome(await relyingParty.exchange(at.code, at.request)), '400 invalid_target');
    assert.equal(placeOutcome(await at.person.open(at.request.url)), 'error invalid_scope');
    const { url } = relyingParty.authorize({ scope: 'openid' });
    assert.equal(placeOutcome(await signInAndAllow(at.person, { url })), 'code');
  },

  'usesManagedBuckets: a claim in the tokens of people, which are given for a secret alone': async ({
    arriveAtNew,
    relyingParty: as,
  }) => {
    const at = await arriveAtNew({ usesManagedBuckets: true });
    const { body } = await at.relyingParty.refresh(at.tokens.refreshToken ?? '');
    for (const token of [at.tokens.accessToken, String(body['access_token'])]) {
      assert.equal(decodeJwt(token)['managed_buckets'], true);
    }
    const withoutSecret = await as(at.relyingParty.client.id, null);
    assert.deepEqual(await outcomesAt(at, withoutSecret), {
      ...allOk,
      exchange: '401 invalid_client',
      refresh: '401 invalid_client',
    });
    const { url } = at.relyingParty.authorize({ response_type: 'token' });
    assert.equal(placeOutcome(await at.person.open(url)), 'error unauthorized_client');
    const usual = await arriveAtNew();
    assert.equal('managed_buckets' in decodeJwt(usual.tokens.accessToken), false);
  },

  'postLogoutRedirectUris, and the addresses of front-channel and back-channel logout': async ({
    server,
    party,
    update,
    arriveAtNew,
  }) => {
    const signOut = async (change: Change) => {
      const at = await arriveAtNew();
      await update(at.relyingParty, change);
      const { sid } = decodeJwt(at.tokens.idToken ?? '');
      const url = at.relyingParty.endSession({
        id_token_hint: at.tokens.idToken,
        post_logout_redirect_uri: signedOut,
      });
      const { location, status, page } = await at.person.open(url);
      return { sid, location: location?.href, status, title: page?.title.split(' · ', 1)[0], page };
    };
    const refused = await signOut({});
    assert.deepEqual([refused.status, refused.title], [400, 'Invalid post_logout_redirect_uri']);
    const led = await signOut({ postLogoutRedirectUris: [elsewhere, signedOut] });
    assert.equal(led.location, signedOut);

    const frontchannelLogoutUri = 'https://client.example/frame?a=b';
    const plain = await signOut({ postLogoutRedirectUris: [signedOut], frontchannelLogoutUri });
    assert.deepEqual(plain.page?.frames, [frontchannelLogoutUri]);
    assert.equal(plain.page?.refresh?.url.href, signedOut);
    const withSession = await signOut({
      postLogoutRedirectUris: [signedOut],
      frontchannelLogoutUri,
      frontchannelLogoutSessionRequired: true,
    });
    const [frame = ''] = withSession.page?.frames ?? [];
    assert.deepEqual(
      [...new URL(frame).searchParams],
      [
        ['a', 'b'],
        ['iss', server.issuer],
        ['sid', withSession.sid],
      ],
    );

    const backchannelLogoutUri = party.logoutUri;
    await signOut({ postLogoutRedirectUris: [signedOut], backchannelLogoutUri });
    await party.hasReceived(1);
    const { sid } = await signOut({
      postLogoutRedirectUris: [signedOut],
      backchannelLogoutUri,
      backchannelLogoutSessionRequired: true,
    });
    await party.hasReceived(2);
    const claims = party.received.map(({ form }) => decodeJwt(form.get('logout_token') ?? ''));
    assert.deepEqual(
      claims.map((one) => one['sid']),
      [undefined, sid],
    );
  },

  'DeleteClient: tokens, codes, refresh tokens and consents of people end': async ({
    server,
    service,
    arriveAtNew,
  }) => {
    const at = await arriveAtNew();
    const { id } = at.relyingParty.client;
    await service.deleteClient({ clientId: id });
    assert.deepEqual(await outcomesAt(at), {
      authorize: '400 Invalid client_id',
      exchange: '401 invalid_client',
      refresh: '401 invalid_client',
      userinfo: '401 invalid_token',
    });
    for (const table of ['consents', 'grants', 'authorization_codes', 'refresh_tokens']) {
      const rows = await server.database.run(`select * from ${table}`);
      assert.equal(JSON.stringify(rows).includes(id), false, table);
    }
  },
});
