import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { JsonObject } from '../../src/kernel/encoding.ts';
import type { Person } from '../fixtures/person.ts';
import { callback, type RelyingParty, signedOut } from '../fixtures/relying-party.ts';
import { openSignInWorld, signInAndAllow } from '../fixtures/sign-in-world.ts';
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

/** A server with a person who is signed in at a client, and has allowed it everything. */
export async function openMangled(context: TestContext) {
  let milliseconds = 0;
  const world = await openSignInWorld(context, {
    // A minute goes by between any two requests: whoever errs as often as here would have to wait.
    milliseconds: () => {
      milliseconds += 60_000;
      return milliseconds;
    },
    declarations: { server: { signUp: { enabled: true } } },
    client: {
      refreshTokenIssuance: 'always',
      pkceRequired: false,
      grantTypes: ['authorization_code', 'implicit', 'refresh_token', 'introspect', 'revoke'],
    },
  });
  const { server, person, relyingParty } = world;
  await signInAndAllow(person, relyingParty.authorize());

  const send = async ({ method, path, text, cookie, authorization }: RawRequest): Promise<RawAnswer> => {
    const query = method === 'GET' && text !== '' ? `?${text}` : '';
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
  return { ...world, send, cookieOf: (one: Person) => cookieOf(one, server.issuer) };
}

/** The world of these tests. */
export type MangledWorld = Awaited<ReturnType<typeof openMangled>>;

/** What the browser of a person sends. */
function cookieOf({ jar }: Person, issuer: string): string | undefined {
  return jar.headerFor({ url: new URL(issuer), method: 'POST', initiator: 'same-site' });
}

/** Everything that is stored, but for what notes that somebody was here. */
export async function contentOf({ server }: Pick<MangledWorld, 'server'>): Promise<string> {
  const tables: readonly (readonly [name: string, rows: readonly JsonObject[]])[] = JSON.parse(
    await server.database.content(),
  );
  return JSON.stringify(
    tables.map(([name, rows]) => [name, rows.map(({ last_used_at: _, last_seen_at: __, ...row }) => row)]),
  );
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
