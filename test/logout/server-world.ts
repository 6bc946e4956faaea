import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import type { ClientPatch } from '../../src/clients/patch.ts';
import { asOperator, declaring } from '../connect/world.ts';
import { createPerson, type Person } from '../fixtures/person.ts';
import { startTestServer, type TestServer } from '../fixtures/running-server.ts';
import type { Ending } from '../fixtures/teardown.ts';

export const back = 'https://rp.example/signed-out';
export const redirectUri = 'https://rp.example/callback';
const alice = { username: 'alice', password: 'a-password-that-nobody-has-used' };

/** A client of the tests, with its secret. */
export interface Registered {
  readonly id: string;
  readonly secret: string;
}

/** What a sign-in gives a client. */
export interface SignedIn {
  readonly accessToken: string;
  readonly idToken: string;
}

/** A whole server with one person. */
export interface ServerWorld {
  readonly server: TestServer;
  readonly register: (patch: ClientPatch) => Promise<Registered>;
  readonly openBrowser: () => ServerBrowser;
}

/** A browser that goes through the pages, and keeps its cookies. */
export interface ServerBrowser {
  /** The code grant at a client: sign-in and consent as far as they are asked for. */
  readonly signInAt: (client: Registered, scope: string) => Promise<SignedIn>;
  readonly person: Person;
}

/** Starts one. Requests may go to this machine: that is where the relying parties of the tests are. */
export async function openServerWorld(context: Ending): Promise<ServerWorld> {
  const accounts = [{ ...alice, email: 'alice@example.com' }];
  const env = { ...declaring(context, { accounts }), CLIENTELE_EGRESS_ALLOW_LOOPBACK: 'true' };
  const server = await startTestServer(context, { env });
  return {
    server,
    register: async (patch) => {
      const defaults: ClientPatch = {
        name: 'Shop',
        grantTypes: ['authorization_code', 'refresh_token'],
        redirectUris: [redirectUri],
        postLogoutRedirectUris: [back],
      };
      const { client, secret } = await server.registry.create({
        ...asOperator,
        patch: () => ({ ...defaults, ...patch }),
        secret: 'generate',
      });
      return { id: client.id, secret: secret ?? '' };
    },
    openBrowser: () => createBrowser(server),
  };
}

function createBrowser(server: TestServer): ServerBrowser {
  const person = createPerson({ issuer: server.issuer });

  /** Until the browser is back at the client. */
  const goOn = async (): Promise<URLSearchParams> => {
    const { client, page } = person.place();
    if (client !== null) return client.parameters;
    const isLogin = page?.url.pathname === '/login';
    await (isLogin ? person.signIn(alice) : person.allow());
    return goOn();
  };

  return {
    person,
    signInAt: async ({ id, secret }, scope) => {
      const verifier = randomBytes(32).toString('base64url');
      const parameters = new URLSearchParams({
        response_type: 'code',
        client_id: id,
        redirect_uri: redirectUri,
        scope,
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
      });
      await person.open(`/oauth/authorize?${parameters}`);
      const code = (await goOn()).get('code') ?? '';
      const response = await server.requestToken(
        { id, secret },
        {
          grant_type: 'authorization_code',
          code,
          redirect_uri: redirectUri,
          code_verifier: verifier,
        },
      );
      const tokens = (await response.json()) as Readonly<Record<string, string>>;
      assert.equal(response.status, 200, JSON.stringify(tokens));
      return { accessToken: tokens['access_token'] ?? '', idToken: tokens['id_token'] ?? '' };
    },
  };
}
