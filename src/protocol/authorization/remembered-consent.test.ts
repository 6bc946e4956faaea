import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  type AuthorizationWorld,
  callback,
  challenge,
  codeRequest,
  openAuthorizationWorld,
  responseOf,
} from '../../../test/fixtures/authorization-world.ts';
import type { Client } from '../../clients/client.ts';
import { randomUuid } from '../../kernel/random.ts';
import type { AuthorizationOutcome } from './authorization-outcome.ts';
import type { AuthorizationProgress } from './authorization-request.ts';

let world: AuthorizationWorld;
before(async () => {
  world = await openAuthorizationWorld();
});
after(() => world[Symbol.asyncDispose]());

/** The prompt, the error, or `response`. */
function comesOf(outcome: AuthorizationOutcome): string {
  if (outcome.kind === 'interaction') return outcome.need.prompt;
  return responseOf(outcome).parameters['error'] ?? 'response';
}

/** A client to which somebody who is signed in has allowed `openid`. */
async function situation(changes: Partial<Client>) {
  const client = await world.client(changes);
  const account = await world.account();
  const session = await world.session(account);
  await world.allow(client, account, ['openid']);
  return { client, session };
}

const places: readonly (readonly [redirectUri: string, isSite: boolean])[] = [
  [callback, true],
  ['http://127.0.0.1:4711/callback', true],
  ['http://[::1]/callback', true],
  ['http://localhost:4711/callback', true],
  ['com.example.app:/callback', false],
];
const openClient = { tokenEndpointAuthMethods: ['none'] } as const;
const kinds: Readonly<Record<string, { readonly client: Partial<Client>; readonly isKnown: boolean }>> = {
  'a client with a secret': { client: {}, isKnown: true },
  'a client without': { client: openClient, isKnown: false },
  'a client whose secret is optional': {
    client: { tokenEndpointAuthMethods: ['client_secret_basic', 'none'] },
    isKnown: false,
  },
  'a client of the operator': { client: { ...openClient, internal: true }, isKnown: true },
};
for (const [kind, { client: fields, isKnown }] of Object.entries(kinds)) {
  for (const [redirectUri, isSite] of places) {
    const isSilent = isKnown || isSite;
    // against: interaction/asked
    test(`what ${kind} was allowed at ${redirectUri} ${isSilent ? 'is remembered' : 'is asked again, for anybody could be it'}`, async () => {
      const { client, session } = await situation({ ...fields, redirectUris: [redirectUri] });
      const ask = async (parameters: object, progress: Partial<AuthorizationProgress> = {}) => {
        const request = codeRequest(client, {
          redirect_uri: redirectUri,
          code_challenge: challenge,
          code_challenge_method: 'S256',
          ...parameters,
        });
        return comesOf(await world.ask(request, { sessions: [session], progress: world.progress(progress) }));
      };
      assert.equal(await ask({}), isSilent ? 'response' : 'consent');
      assert.equal(await ask({ prompt: 'none' }), isSilent ? 'response' : 'consent_required');
      const allowed = { sessionId: session.id, consented: true };
      assert.equal(await ask({}, allowed), 'response');
      const ofSomebodyElse = { sessionId: randomUuid(), consented: true };
      assert.equal(await ask({}, ofSomebodyElse), isSilent ? 'response' : 'consent');
    });
  }
}
