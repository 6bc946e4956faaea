import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { createManualClock } from '../../src/kernel/clock.ts';
import type { Person, Place } from '../fixtures/person.ts';
import {
  type JsonAnswer,
  type Parameters,
  type RelyingParty,
  relyingPartyOf,
  type SignInRequest,
  type Tokens,
  tokensOf,
} from '../fixtures/relying-party.ts';
import { openSignInWorld, type SignInWorldOptions, signInAndAllow } from '../fixtures/sign-in-world.ts';
import { answerOutcome, archive, billing, scopes } from './world.ts';

/** A server with people, two applications and three scopes, on a clock that stands still. */
export async function openSignIns(context: TestContext, options: SignInWorldOptions = {}) {
  const clock = createManualClock();
  const declarations = { applications: [billing, archive], scopes, ...options.declarations };
  const { server, newPerson } = await openSignInWorld(context, { ...options, clock, declarations });
  const provider = { ...server, clock };
  return {
    server,
    clock,
    newPerson,
    /** A client that a face has made, as its relying party. @param secret null: it presents none */
    relyingParty: async (id: string, secret: string | null): Promise<RelyingParty> => {
      const stored = (await server.loadClient(id)) ?? assert.fail(`the client ${id} is gone`);
      return relyingPartyOf(provider, stored.client, secret);
    },
  };
}

/** A person who has signed in at a client: with tokens, and a code that nobody has used. */
export interface AtClient {
  readonly person: Person;
  readonly relyingParty: RelyingParty;
  /** Of every request for authorization. */
  readonly parameters: Parameters;
  readonly tokens: Tokens;
  readonly code: string;
  readonly request: SignInRequest;
}

/** Takes a person there. @param initially what the first two requests ask for beside `parameters` */
export async function arrive(
  person: Person,
  relyingParty: RelyingParty,
  parameters: Parameters = {},
  initially: Parameters = {},
): Promise<AtClient> {
  const first = relyingParty.authorize({ ...parameters, ...initially });
  const second = relyingParty.authorize({ ...parameters, ...initially });
  const firstCode = codeOf(await signInAndAllow(person, first));
  const { status, body } = await redeem(relyingParty, firstCode, first, parameters);
  assert.equal(status, 200, JSON.stringify(body));
  const code = codeOf(await signInAndAllow(person, second));
  return { person, relyingParty, parameters, tokens: tokensOf(body), code, request: second };
}

/** Whoever has asked without a challenge has no verifier. */
function redeem(
  relyingParty: RelyingParty,
  code: string,
  request: SignInRequest,
  { code_challenge }: Parameters,
): Promise<JsonAnswer> {
  return relyingParty.exchange(code, request, code_challenge === null ? { code_verifier: null } : {});
}

function codeOf({ client }: Place): string {
  return client?.parameters.get('code') ?? assert.fail(`there is no code: ${client?.parameters}`);
}

/** What became of a request, of a code, of a refresh token and of an access token. */
export type Outcomes = Readonly<Record<'authorize' | 'exchange' | 'refresh' | 'userinfo', string>>;

/** All of it goes on. */
export const allOk: Outcomes = { authorize: 'code', exchange: 'ok', refresh: 'ok', userinfo: 'ok' };

/** Tries all of it. @param relyingParty as which the client comes now; default: as before */
export async function outcomesAt(at: AtClient, relyingParty = at.relyingParty): Promise<Outcomes> {
  const { person, parameters, tokens, code, request } = at;
  const authorize = placeOutcome(await person.open(at.relyingParty.authorize(parameters).url));
  const exchange = answerOutcome(await redeem(relyingParty, code, request, parameters));
  const refreshed = tokens.refreshToken && (await relyingParty.refresh(tokens.refreshToken));
  return {
    authorize,
    exchange,
    refresh: refreshed ? answerOutcome(refreshed) : 'no token',
    userinfo: await userinfoOutcome(at),
  };
}

/** What userinfo says to the access token of a person. */
export async function userinfoOutcome({ relyingParty, tokens }: AtClient): Promise<string> {
  const { status, headers } = await relyingParty.userinfo(tokens.accessToken);
  const [, code] = /error="(\w+)"/.exec(headers.get('www-authenticate') ?? '') ?? [];
  return status === 200 ? 'ok' : `${status} ${code}`;
}

/** Where a request for authorization led. */
export function placeOutcome({ client, page, url, status }: Place): string {
  if (client === null) return status === 200 ? url.pathname : `${status} ${page?.title.split(' · ', 1)}`;
  const error = client.parameters.get('error');
  if (error !== null) return `error ${error}`;
  const parts = ['code', 'id_token', 'access_token'].filter((name) => client.parameters.has(name));
  return parts.join(' ') || 'nothing';
}
