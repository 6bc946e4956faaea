import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { createManualClock, systemClock } from '../../src/kernel/clock.ts';
import { startOpenIdProvider } from '../fixtures/openid-provider.ts';
import type { Person } from '../fixtures/person.ts';
import { callback, type RelyingParty, signedOut } from '../fixtures/relying-party.ts';
import { enrolSecondFactor } from '../fixtures/second-factor.ts';
import { settledContent } from '../fixtures/settled-content.ts';
import { alice, bob, openSignInWorld, signInAndAllow } from '../fixtures/sign-in-world.ts';
import type { Parameter } from './manglings.ts';

/** A request as it is sent, whatever is wrong with it. */
export interface RawRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** In the query of a GET, in the body of a POST. */
  readonly text: string;
  readonly cookie?: string | undefined;
  readonly authorization?: string;
}

/** What came back. */
export interface RawAnswer {
  readonly status: number;
  readonly location: string | null;
  readonly headers: Headers;
  readonly text: string;
}

/** Somebody who signs in with a second factor, once they are enrolled. */
export const carol = { username: 'carol', password: 'carol crosses the bridge at noon' } as const;

/** Where people can sign in who do not sign in here. */
export const otherProvider = {
  id: '2f0d9a34-4f54-4f42-8d5f-6a0f1f0c1a01',
  name: 'Elsewhere',
  type: 'oidc',
} as const;

/** A server with a person who is signed in at a client and has allowed it everything, and with a visitor who has not been there. */
export async function openMangled(context: TestContext) {
  let milliseconds = 0;
  const clock = createManualClock(systemClock.now());
  const there = await startOpenIdProvider(context);
  const world = await openSignInWorld(context, {
    clock,
    // A minute goes by between any two requests: whoever errs as often as here would have to wait.
    milliseconds: () => {
      milliseconds += 60_000;
      return milliseconds;
    },
    declarations: {
      server: { signUp: { enabled: true } },
      accounts: [alice, bob, carol],
      identityProviders: [
        { ...otherProvider, issuer: there.issuer, clientId: there.clientId, secret: there.clientSecret },
      ],
    },
    env: { CLIENTELE_EGRESS_ALLOW_LOOPBACK: 'true' },
    client: {
      refreshTokenIssuance: 'always',
      pkceRequired: false,
      grantTypes: ['authorization_code', 'implicit', 'refresh_token', 'introspect', 'revoke'],
    },
  });
  const { server, person, relyingParty, newPerson } = world;
  await signInAndAllow(person, relyingParty.authorize());

  const send = async ({ method, path, text, cookie, authorization }: RawRequest): Promise<RawAnswer> => {
    const query = method === 'GET' && text !== '' ? `${path.includes('?') ? '&' : '?'}${text}` : '';
    const response = await fetch(`${server.issuer}${path}${query}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(cookie !== undefined && { cookie }),
        ...(authorization !== undefined && { authorization }),
        ...(method === 'POST' && { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      ...(method === 'POST' && { body: text }),
    });
    const { status, headers } = response;
    return { status, headers, location: headers.get('location'), text: await response.text() };
  };

  let codeOfCarol: Promise<() => string> | undefined;
  return {
    ...world,
    send,
    cookieOf: (one: Person) => cookieOf(one, server.issuer),
    visitor: newPerson(),
    /** Takes the browser of the visitor through the other provider, up to the address that leads back from there. */
    comeBack: async (address: URL): Promise<URL> => there.visit(address.href),
    /** Gives carol a second factor, if she has none yet; answers what shows a code of it that nobody has used. */
    enrolCarol: () => {
      codeOfCarol ??= enrolSecondFactor(newPerson(), carol, clock);
      return codeOfCarol;
    },
  };
}

/** The world of these tests. */
export type MangledWorld = Awaited<ReturnType<typeof openMangled>>;

/** What the browser of a person sends. */
function cookieOf({ jar }: Person, issuer: string): string | undefined {
  return jar.headerFor({ url: new URL(issuer), method: 'POST', initiator: 'same-site' });
}

/** See `settledContent`. */
export function contentOf({ server }: Pick<MangledWorld, 'server'>, except?: string): Promise<string> {
  return settledContent(server.database, except);
}

/** A clear answer: no fault of the server, and no way to anywhere that was not proven. */
export function assertClear({ issuer }: { readonly issuer: string }, answer: RawAnswer, what: string): void {
  const { status, location, headers, text } = answer;
  assert.ok(status < 500, `${what}: ${status} ${text}`);
  assert.equal(headers.get('set-cookie')?.includes('a=b') ?? false, false, what);
  assert.doesNotMatch(text, /<script>alert/, what);
  if (location !== null) {
    const isProven = [callback, signedOut, issuer, '/'].some((known) => location.startsWith(known));
    assert.deepEqual([status, isProven], [303, true], `${what}: ${location}`);
    return;
  }
  if (status < 400) return;
  const type = headers.get('content-type') ?? '';
  if (type.startsWith('application/json')) assert.equal(typeof JSON.parse(text).error, 'string', what);
  else assert.match(text, /<h1[\s>][\s\S]+<\/h1>/, what);
}

/** Parameters that have to be right where they are there, or that may be anything. */
export function optional(
  entries: Readonly<Record<string, string>>,
  may: NonNullable<Parameter['may']> = 'be absent',
): readonly Parameter[] {
  return Object.entries(entries).map(([name, value]) => ({ name, value, may }));
}

/** Parameters that are needed. */
export function needed(entries: Iterable<readonly [string, string]>): readonly Parameter[] {
  return [...entries].map(([name, value]) => ({ name, value }));
}

/** The hidden fields of the form that a button of the current page belongs to. */
export function fieldsOf(person: Person, button: string): readonly Parameter[] {
  const form = person.page().forms.find(({ buttons }) => buttons.some(({ id }) => id === button));
  assert.ok(form, person.page().text);
  return form.fields.filter(({ type }) => type === 'hidden').map(({ name, value }) => ({ name, value }));
}

/** What a client proves itself with in the body. */
export function proofOf({ client, secret }: RelyingParty): Readonly<Record<string, string>> {
  return { client_id: client.id, client_secret: secret ?? '' };
}
