import assert from 'node:assert/strict';
import { type Clock, systemClock } from '../../src/kernel/clock.ts';
import { asOperator } from '../connect/world.ts';
import { openDocumented } from '../fixtures/documented-answers.ts';
import { createPerson, type Person, type Place } from '../fixtures/person.ts';
import { type RelyingParty, relyingPartyOf, type SignInRequest } from '../fixtures/relying-party.ts';
import { openSignInWorld, type SignInWorld, type SignInWorldOptions } from '../fixtures/sign-in-world.ts';
import type { Ending } from '../fixtures/teardown.ts';
import { freePort } from '../programs.ts';

/** Somebody who has an account at the upstream server alone. */
export const ada = {
  username: 'ada',
  password: 'ada writes the first program',
  email: 'ada@upstream.example',
  emailVerified: true,
  claims: { name: 'Ada Lovelace', given_name: 'Ada', locale: 'en-GB' },
} as const;

/** A server whose people sign in at another one of the same kind. */
export interface UpstreamWorld {
  /** The server under test, with a relying party that names the provider. */
  readonly here: SignInWorld;
  /** The upstream server, where ada is, and where the one under test is the relying party. */
  readonly there: SignInWorld;
  readonly clock: Clock;
  readonly providerId: string;
  /** Has people sign in at a relying party where `providerId` says, through the clients API. */
  readonly nameProvider: (relyingParty: RelyingParty, providerId: string) => Promise<RelyingParty>;
  /** Somebody at a browser, who goes from one server to the other. */
  readonly newPerson: () => Person;
}

/** Starts both, and introduces them to each other. */
export async function openUpstreamWorld(
  context: Ending,
  { clock = systemClock, ...options }: SignInWorldOptions = {},
): Promise<UpstreamWorld> {
  const there = await openUpstreamServer(context, clock);
  const env = { CLIENTELE_EGRESS_ALLOW_LOOPBACK: 'true', ...options.env };
  const here = await openSignInWorld(context, { ...options, clock, env });
  const { client, secret } = there.relyingParty;
  const send = await openDocumented(here.server);
  const token = await here.server.bootstrapToken('identity-providers:manage:all clients:manage:all');
  const made = await send('POST', '/api/identity-providers', {
    token,
    body: {
      identity_provider: {
        name: 'Upstream',
        type: 'oidc',
        issuer: there.server.issuer,
        client_id: client.id,
        client_secret: secret,
      },
    },
  });
  assert.equal(made.status, 201, made.text);
  const { id: providerId } = (made.json as { readonly data: { readonly id: string } }).data;
  await there.server.registry.update({
    ...asOperator,
    id: client.id,
    patch: () => ({ redirectUris: [`${here.server.issuer}/login/callback/${providerId}`] }),
  });

  const nameProvider: UpstreamWorld['nameProvider'] = async ({ client: { id }, secret: own }, provider) => {
    const body = { client: { identity_provider: { id: provider } } };
    const { status, text } = await send('PUT', `/api/clients/${id}`, { token, body });
    assert.equal(status, 200, text);
    const stored = (await here.server.loadClient(id)) ?? assert.fail();
    return relyingPartyOf({ ...here.server, clock }, stored.client, own);
  };
  return {
    here: { ...here, relyingParty: await nameProvider(here.relyingParty, providerId) },
    there,
    clock,
    providerId,
    nameProvider,
    newPerson: () => createPerson({ issuer: here.server.issuer, others: [there.server.issuer], clock }),
  };
}

/** On another host than the one under test: browsers keep the cookies of a host for all of its ports. */
async function openUpstreamServer(context: Ending, clock: Clock): Promise<SignInWorld> {
  const port = await freePort();
  return openSignInWorld(context, {
    clock,
    env: { PORT: String(port), CLIENTELE_ISSUER: `http://127.0.0.1:${port}` },
    declarations: { accounts: [ada] },
    client: { name: 'Clientele', redirectUris: ['https://not-known-yet.example/'] },
  });
}

/** Goes to a request, and from the page that signs people in elsewhere to that place. */
export async function goElsewhere(person: Person, request: Pick<SignInRequest, 'url'>): Promise<Place> {
  await person.open(request.url);
  const [link] = person.page().links.filter(({ href }) => href.pathname === '/login/provider');
  return person.open(link?.href ?? assert.fail(person.page().text));
}

/** Signs in there and allows what is asked for, at either server, up to the redirect to the client. */
export async function signInThere(
  person: Person,
  request: Pick<SignInRequest, 'url'>,
  { username, password }: { readonly username: string; readonly password: string } = ada,
): Promise<Place> {
  let place = await goElsewhere(person, request);
  if (place.url.pathname === '/login') place = await person.signIn({ username, password });
  while (place.client === null && place.url.pathname === '/consent') place = await person.allow();
  return place;
}
