import { createClient } from '@connectrpc/connect';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { MeService } from '../../src/gen/xeonr/auth/api/v1/me_service_pb.ts';
import { randomUuid } from '../../src/kernel/random.ts';
import { connectTransport } from '../connect/face.ts';
import { outcomeOf } from '../connect/world.ts';
import { signedOut } from '../fixtures/relying-party.ts';
import { alice, bob } from '../fixtures/sign-in-world.ts';
import type { Sighting } from './cells.ts';
import { type Column, responseTypes } from './columns.ts';
import { post, redeemCode, requestFor } from './requests.ts';
import { askApi, factsOf, outcomeOfPage, placeSeen, tokensSeen } from './seen.ts';
import type { OnTheWay } from './world.ts';

type See = (way: OnTheWay) => Promise<Sighting>;

const authorize = Object.fromEntries(
  responseTypes.map((type) => [
    `authorize ${type}`,
    async (way: OnTheWay) => placeSeen(way.world, await way.person.openTab().open(requestFor(way, type).url)),
  ]),
) as Readonly<Record<`authorize ${(typeof responseTypes)[number]}`, See>>;

/** What is seen in each column, in the order in which it is looked at: what ends something comes last. */
export const sightings: Readonly<Record<Column, See>> = {
  ...authorize,
  'open consent page': async ({ world, consentPages: [page] }) =>
    placeSeen(world, await page.open(page.place().url)),
  'open consent form': async ({ world, consentPages: [, page] }) => placeSeen(world, await page.allow()),
  'open login form': async ({ world, loginPage }) => placeSeen(world, await loginPage.signIn(bob)),
  'open second-factor form': async ({ world, secondFactorPage: { person, code } }) =>
    placeSeen(world, await person.secondFactor(code)),
  'open sign-up form': async ({ world, signUpPage }) => {
    const values = { username: `new-${randomUuid()}`, password: 'whoever is new takes the train' };
    return placeSeen(world, await signUpPage.press('sign-up-submit', { values }));
  },
  'open chooser form': async ({ world, chooserPage }) =>
    placeSeen(world, await chooserPage.chooseAccount(alice.username)),
  client_credentials: async (way) =>
    tokensSeen(way, await post(way, '/oauth/token', { grant_type: 'client_credentials' })),
  userinfo: userinfoSeen,
  introspection: introspectionSeen,
  'introspection by the API': async ({ world, tokens }) => factsOf(await askApi(world, tokens.accessToken)),
  Connect: async ({ world, tokens }) => {
    const { getMe } = createClient(MeService, connectTransport(world.server, tokens.accessToken));
    return { outcome: await outcomeOf(getMe({})) };
  },
  authorization_code: async (way) => tokensSeen(way, await redeemCode(way)),
  refresh_token: async (way) => {
    const form = { grant_type: 'refresh_token', refresh_token: way.refreshToken };
    return tokensSeen(way, await post(way, '/oauth/token', form));
  },
  revocation: revocationSeen,
  end_session: endSessionSeen,
};

async function userinfoSeen({ world, tokens }: OnTheWay): Promise<Sighting> {
  const response = await fetch(`${world.server.issuer}/oauth/userinfo`, {
    headers: { authorization: `Bearer ${tokens.accessToken}` },
  });
  const text = await response.text();
  if (!response.ok) return { outcome: `${response.status} ${JSON.parse(text).error}` };
  const isJwt = response.headers.get('content-type')?.startsWith('application/jwt') ?? false;
  const { iss: _, aud: __, ...claims } = isJwt ? decodeJwt(text) : JSON.parse(text);
  const form = isJwt ? `JWT by ${decodeProtectedHeader(text).alg}` : 'JSON';
  return { outcome: 'ok', form, claims: Object.keys(claims).sort().join(' ') };
}

async function introspectionSeen(way: OnTheWay): Promise<Sighting> {
  const ask = (token: string) => post(way, '/oauth/introspect', { token });
  const { status, body } = await ask(way.tokens.accessToken);
  if (status !== 200) return { outcome: `${status} ${body['error']}` };
  const { body: refreshToken } = await ask(way.refreshToken);
  const { exp, iat, active } = refreshToken as Readonly<Record<string, number>>;
  const life = active ? `for ${(exp ?? 0) - (iat ?? 0)} s` : 'dead';
  return { ...factsOf(body), refreshToken: life };
}

/** Ends the sign-in by its refresh token, and looks at what is left of it. */
async function revocationSeen(way: OnTheWay): Promise<Sighting> {
  const { status, body } = await post(way, '/oauth/revoke', { token: way.refreshToken });
  if (status !== 200) return { outcome: `${status} ${body['error']}` };
  const left = await userinfoSeen(way);
  return { outcome: 'ok', accessToken: left['outcome'] === 'ok' ? 'alive' : 'dead' };
}

/** Signs the person out as the client asks for it. */
async function endSessionSeen({ world, person, relyingParty, idToken, client }: OnTheWay): Promise<Sighting> {
  const { server } = world;
  const { status, page, location } = await person.open(
    relyingParty.endSession({ id_token_hint: idToken, post_logout_redirect_uri: signedOut, state: 's' }),
  );
  const rows = await server.database.run(
    `select client_id from logout_notices where client_id = '${client.id}'`,
  );
  const frames = (page?.frames ?? []).map((frame) => {
    const { origin, pathname, searchParams } = new URL(frame);
    return `${origin}${pathname}${searchParams.has('sid') ? ' with the session' : ''}`;
  });
  return {
    outcome: location === null ? outcomeOfPage(status, page?.title) : 'leads back',
    ...(rows.length > 0 && { notices: String(rows.length) }),
    ...(frames.length > 0 && { frames: frames.join(' ') }),
  };
}
