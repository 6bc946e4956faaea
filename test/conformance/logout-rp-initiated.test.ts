import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import * as openid from 'openid-client';
import {
  assertStays,
  type LogoutWorld,
  openLogoutWorld,
  type SignedIn,
  signInAtNewClient,
  silently,
} from '../fixtures/logout-world.ts';
import { type Parameters, signedOut } from '../fixtures/relying-party.ts';

/** Our reading of the modules of the plan RP-Initiated OP (OpenID Connect RP-Initiated Logout 1.0). */

const state = 'Qx7-of-the-logout';

/** One module: what is sent behind a sign-in, and where that leads. */
interface Module {
  readonly request: (signedIn: SignedIn, world: LogoutWorld) => Promise<Parameters> | Parameters;
  readonly leadsTo: keyof typeof outcomes;
}

const outcomes = {
  back: 'the session ends, and the browser is sent back to the client',
  page: 'the session ends on a page',
  asked: 'the person is asked, and the session ends on a page',
  refused: 'a page says that the address is not registered, and the session lives',
} as const;

const modules: Readonly<Record<string, Module>> = {
  'oidcc-rp-initiated-logout': {
    request: ({ idToken }) => ({ id_token_hint: idToken, post_logout_redirect_uri: signedOut, state }),
    leadsTo: 'back',
  },
  'oidcc-rp-initiated-logout-no-state': {
    request: ({ idToken }) => ({ id_token_hint: idToken, post_logout_redirect_uri: signedOut }),
    leadsTo: 'back',
  },
  'oidcc-rp-initiated-logout-no-post-logout-redirect-uri': {
    request: ({ idToken }) => ({ id_token_hint: idToken, state }),
    leadsTo: 'page',
  },
  'oidcc-rp-initiated-logout-no-params': { request: () => ({}), leadsTo: 'asked' },
  'oidcc-rp-initiated-logout-only-state': { request: () => ({ state }), leadsTo: 'asked' },
  'oidcc-rp-initiated-logout-no-id-token-hint': {
    request: () => ({ post_logout_redirect_uri: signedOut, state }),
    leadsTo: 'asked',
  },
  'oidcc-rp-initiated-logout-bad-id-token-hint': {
    request: async (signedIn, world) => ({
      id_token_hint: await signAsClient(signedIn, world),
      post_logout_redirect_uri: signedOut,
      state,
    }),
    leadsTo: 'asked',
  },
  'oidcc-rp-initiated-logout-modified-id-token-hint': {
    request: ({ idToken }) => ({
      id_token_hint: unsigned(idToken),
      post_logout_redirect_uri: signedOut,
      state,
    }),
    leadsTo: 'asked',
  },
  'oidcc-rp-initiated-logout-bad-post-logout-redirect-uri': {
    request: ({ idToken }) => ({
      id_token_hint: idToken,
      post_logout_redirect_uri: `${signedOut}/elsewhere`,
      state,
    }),
    leadsTo: 'refused',
  },
  'oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri': {
    request: ({ idToken }) => ({
      id_token_hint: idToken,
      post_logout_redirect_uri: `${signedOut}?foo=bar`,
      state,
    }),
    leadsTo: 'refused',
  },
};

/** The claims of the ID token under a key that the client has made itself. */
async function signAsClient({ claims }: SignedIn, { metadata }: LogoutWorld): Promise<string> {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const jwk = await exportJWK(publicKey);
  assert.equal(claims.iss, metadata['issuer']);
  return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', jwk }).sign(privateKey);
}

function unsigned(idToken: string): string {
  const header = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
  return `${header}.${idToken.split('.')[1]}.`;
}

/** Where the browser gets, with the person confirming where they are asked. */
async function follow(signedIn: SignedIn, module: Module, parameters: Parameters): Promise<void> {
  const { person, relyingParty } = signedIn;
  const place = await person.open(relyingParty.endSession(parameters));
  if (module.leadsTo === 'back') {
    const back = new URL(signedOut);
    if (parameters['state'] !== undefined) back.searchParams.set('state', state);
    assert.deepEqual([place.status, place.location?.href], [303, back.href]);
    return;
  }
  assertStays(place);
  if (module.leadsTo === 'page') assert.equal(place.status, 200);
  else if (module.leadsTo === 'asked') {
    assert.equal(await silently(signedIn), 'signed in');
    assertStays(await person.confirmLogout());
  } else {
    assert.equal(place.status, 400);
    assert.match(place.page?.title ?? '', /^Invalid post_logout_redirect_uri/);
  }
}

test('RP-Initiated OP', async (context) => {
  const world = await openLogoutWorld(context);

  await context.test('oidcc-rp-initiated-logout-discovery-endpoint-verification', async () => {
    const { issuer, end_session_endpoint: endpoint } = world.metadata;
    assert.equal(issuer, world.server.issuer);
    assert.equal(new URL(String(endpoint)).origin, new URL(String(issuer)).origin);
  });

  for (const [name, module] of Object.entries(modules)) {
    await context.test(`${name}: ${outcomes[module.leadsTo]}`, async () => {
      const signedIn = await signInAtNewClient(world);
      assert.equal(await silently(signedIn), 'signed in');
      await follow(signedIn, module, await module.request(signedIn, world));
      const isRefused = module.leadsTo === 'refused';
      assert.equal(await silently(signedIn), isRefused ? 'signed in' : 'login_required');
    });
  }

  await context.test('the same by POST, and as openid-client builds it', async () => {
    const signedIn = await signInAtNewClient(world);
    const { person, idToken } = signedIn;
    const posted = await person.open('/oauth/end-session', {
      method: 'POST',
      initiator: 'cross-site',
      form: { id_token_hint: idToken, post_logout_redirect_uri: signedOut, state },
    });
    assert.equal(posted.location?.href, `${signedOut}?state=${state}`);
    assert.equal(await silently(signedIn), 'login_required');

    const again = await signInAtNewClient(world);
    const { client, secret } = again.relyingParty;
    const configuration = await openid.discovery(
      new URL(world.server.issuer),
      client.id,
      undefined,
      openid.ClientSecretBasic(secret ?? ''),
      { execute: [openid.allowInsecureRequests] },
    );
    const url = openid.buildEndSessionUrl(configuration, {
      id_token_hint: again.idToken,
      post_logout_redirect_uri: signedOut,
      state,
    });
    assert.equal((await again.person.open(url)).location?.href, `${signedOut}?state=${state}`);
    assert.equal(await silently(again), 'login_required');
  });
});
