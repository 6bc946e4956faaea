import assert from 'node:assert/strict';
import type { ClientPatch } from '../../src/clients/patch.ts';
import { operator } from '../../src/clients/policy.ts';
import { createManualClock, type ManualClock } from '../../src/kernel/clock.ts';
import type { JsonObject } from '../../src/kernel/encoding.ts';
import {
  assertionType,
  goodClaims,
  makeAssertion,
  makeKeyPair,
  toJwk,
} from '../fixtures/client-assertion.ts';
import type { Person } from '../fixtures/person.ts';
import { basic } from '../fixtures/protocol-server.ts';
import { callback, type JsonAnswer, readJson } from '../fixtures/relying-party.ts';
import { openSignInWorld, type Resident, type SignInWorldOptions } from '../fixtures/sign-in-world.ts';
import type { Ending } from '../fixtures/teardown.ts';

/** The variants of the parameter `response_mode` of the suite. */
export type ResponseModeVariant = 'default' | 'form_post';

/** How a client proves itself at the token endpoint, by the names of OpenID Connect Core §9. */
export type ClientAuthType = 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt';

/** Parameters, each once; null leaves one out. */
export type Fields = Readonly<Record<string, string | null>>;

/** Has every standard claim (OpenID Connect Core §5.1): the suite warns of each that it does not get for its scope. */
export const carol = {
  id: '018f3a5c-0000-7000-8000-00000000ca01',
  username: 'carol',
  password: 'carol knows where the bridge is',
  email: 'carol@people.example',
  emailVerified: true,
  claims: {
    name: 'Carol Clara Clark',
    given_name: 'Carol',
    family_name: 'Clark',
    middle_name: 'Clara',
    nickname: 'Caz',
    profile: 'https://people.example/carol',
    picture: 'https://people.example/carol.png',
    website: 'https://carol.example',
    gender: 'female',
    birthdate: '1987-06-05',
    zoneinfo: 'Europe/Zurich',
    locale: 'de-CH',
    phone_number: '+41 44 123 45 67',
    phone_number_verified: true,
    address: { street_address: 'Bahnhofstrasse 1', locality: 'Zürich', postal_code: '8001', country: 'CH' },
  },
} as const;

/** Somebody else, of whom nothing is known. */
export const dave = {
  id: '018f3a5c-0000-7000-8000-00000000da0e',
  username: 'dave',
  password: 'dave walks around the lake',
} as const satisfies Resident;

/** A client of the suite: static, and of authentication type `authType`. */
export interface PlanClient {
  readonly id: string;
  readonly redirectUri: string;
  /** `POST` of a form to the token endpoint, with what proves the client. */
  readonly token: (form: Fields) => Promise<JsonAnswer>;
}

/** A server as the suite sees it: found by its metadata, with clients that are registered for the suite. */
export interface PlanWorld {
  readonly issuer: string;
  readonly responseMode: ResponseModeVariant;
  readonly metadata: JsonObject;
  readonly clock: ManualClock;
  readonly client: PlanClient;
  /** The suite's `client2`. */
  readonly client2: PlanClient;
  /**
   * Registers another: confidential, and free to do without PKCE, which the suite's plans do not know.
   * @param audience of its assertions; default: the token endpoint
   */
  readonly register: (
    authType: ClientAuthType,
    patch?: ClientPatch,
    audience?: string,
  ) => Promise<PlanClient>;
  /** A browser without cookies, as the suite wants it wherever somebody has to sign in. */
  readonly newPerson: () => Person;
  readonly rotateKeys: () => Promise<void>;
}

/** What is different about a world. */
export interface PlanWorldOptions extends Pick<SignInWorldOptions, 'declarations' | 'env' | 'ca'> {
  /** Default: `default`. */
  readonly responseMode?: ResponseModeVariant;
}

/** Starts a server with carol, dave and two clients that authenticate by client-secret-basic. */
export async function openPlanWorld(
  context: Ending,
  { responseMode = 'default', declarations, ...options }: PlanWorldOptions = {},
): Promise<PlanWorld> {
  const clock = createManualClock();
  const { server, newPerson } = await openSignInWorld(context, {
    clock,
    declarations: { accounts: [carol, dave], ...declarations },
    ...options,
  });
  const { issuer, registry, keyring } = server;
  const found = await readJson(await fetch(`${issuer}/.well-known/openid-configuration`));
  const metadata = found.body as JsonObject;

  const tokenEndpoint = textIn(metadata, 'token_endpoint');

  const register: PlanWorld['register'] = async (authType, patch = {}, audience = tokenEndpoint) => {
    const { fields, prove } = authTypes[authType]({ issuer, clock, audience });
    const { client, secret } = await registry.create({
      actor: operator,
      face: 'cli',
      requestId: 'test',
      patch: () => ({ ...usual, tokenEndpointAuthMethods: [authType], ...fields, ...patch }),
      secret: 'generate',
    });
    const redirectUri = client.redirectUris[0] ?? callback;
    return {
      id: client.id,
      redirectUri,
      token: async (form) => {
        const proof = prove(client.id, secret ?? '');
        const body = formOf({ ...form, ...proof.form });
        const headers = proof.headers ?? {};
        return readJson(await fetch(tokenEndpoint, { method: 'POST', headers, body }));
      },
    };
  };

  return {
    issuer,
    responseMode,
    metadata,
    clock,
    client: await register('client_secret_basic'),
    client2: await register('client_secret_basic', { name: 'Another of the suite' }),
    register,
    newPerson,
    rotateKeys: async () => assert.equal(await keyring.rotate('RS256'), 'rotated'),
  };
}

/** A member of the metadata that must be text. */
export function textIn(metadata: JsonObject, name: string): string {
  const value = metadata[name];
  return typeof value === 'string' ? value : assert.fail(`the metadata has no ${name}`);
}

/** What is left of fields as a form or a query sends them. */
export function formOf(fields: Fields): URLSearchParams {
  return new URLSearchParams(
    Object.entries(fields).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  );
}

const usual: ClientPatch = {
  name: 'The suite',
  redirectUris: [callback],
  grantTypes: ['authorization_code', 'refresh_token'],
  pkceRequired: false,
};

interface Proof {
  readonly headers?: Readonly<Record<string, string>>;
  readonly form?: Fields;
}

type Server = Parameters<typeof goodClaims>[0] & { readonly audience: string };

/** What a client of each type is registered with, and what it sends. */
const authTypes: Readonly<
  Record<
    ClientAuthType,
    (server: Server) => {
      readonly fields: ClientPatch;
      readonly prove: (clientId: string, secret: string) => Proof;
    }
  >
> = {
  client_secret_basic: () => ({
    fields: {},
    prove: (clientId, secret) => ({ headers: { authorization: basic(clientId, secret) } }),
  }),
  client_secret_post: () => ({
    fields: {},
    prove: (clientId, secret) => ({ form: { client_id: clientId, client_secret: secret } }),
  }),
  private_key_jwt: (server) => {
    const { publicKey, privateKey } = makeKeyPair('ES256');
    const jwk = toJwk(publicKey, { kid: 'suite', use: 'sig', alg: 'ES256' });
    return {
      fields: { tokenEndpointJwtAuthAlg: 'ES256', jwks: { keys: [jwk] } },
      prove: (clientId) => ({
        form: {
          client_assertion_type: assertionType,
          client_assertion: makeAssertion({
            header: { alg: 'ES256', kid: 'suite' },
            claims: goodClaims(server, clientId, { aud: server.audience }),
            alg: 'ES256',
            key: privateKey,
          }),
        },
      }),
    };
  },
};
