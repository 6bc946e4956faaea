import assert from 'node:assert/strict';
import { test } from 'node:test';
import { basic } from '../fixtures/protocol-server.ts';
import { exchange, parseAnswer } from '../fixtures/raw-http.ts';
import { signInAndAllow } from '../fixtures/sign-in-world.ts';
import { contentOf, type MangledWorld, openMangled } from './world.ts';

/** A request that an `Authorization` header opens. */
interface Opened {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body: string;
  readonly header: string;
  /** In the body of the answer to the right one. */
  readonly shows: string;
}

/** Every request that takes such a header, by what proves what. */
async function openedBy({ person, relyingParty }: MangledWorld): Promise<Readonly<Record<string, Opened>>> {
  const { client, secret } = relyingParty;
  const request = relyingParty.authorize();
  const { client: answer } = await signInAndAllow(person, request);
  const { accessToken, refreshToken } = await relyingParty.complete(answer, request);
  const bearer = { path: '/oauth/userinfo', body: '', header: `Bearer ${accessToken}`, shows: '"sub":' };
  const proof = { method: 'POST', header: basic(client.id, secret ?? '') } as const;
  const refresh = `grant_type=refresh_token&refresh_token=${refreshToken}`;
  return {
    'a token at userinfo, by GET': { ...bearer, method: 'GET' },
    'a token at userinfo, by POST': { ...bearer, method: 'POST' },
    'a client at introspection': {
      ...proof,
      path: '/oauth/introspect',
      body: `token=${accessToken}`,
      shows: '"active":true',
    },
    'a client at the token endpoint': {
      ...proof,
      path: '/oauth/token',
      body: refresh,
      shows: '"access_token":',
    },
  };
}

/** What is wrong with a header, as the lines that are sent instead. */
function mangled(header: string): Readonly<Record<string, readonly string[]>> {
  const [scheme = '', credentials = ''] = header.split(' ');
  return {
    missing: [],
    empty: [''],
    'the scheme alone': [scheme],
    'the scheme and a space': [`${scheme} `],
    'no scheme': [credentials],
    'another scheme': [`Digest ${credentials}`],
    'no space': [scheme + credentials],
    'in quotes': [`${scheme} "${credentials}"`],
    'twice in a line': [`${header}, ${header}`],
    'in two lines': [header, `${scheme} another`],
    'behind another': [`${scheme} another`, header],
    'cut off': [header.slice(0, -8)],
    lengthened: [`${header}x`],
    'with a parameter': [`${header};a=b`],
    'percent-encoded': [`${scheme} %${credentials.charCodeAt(0).toString(16)}${credentials.slice(1)}`],
    'no text': [`${scheme} \u00ff\u00fe${credentials}`],
    'a null character': [`${header}\u0000`],
    'a line break': [`${header}\r\n x`],
    oversized: [`${scheme} ${'x'.repeat(8000)}`],
    'larger than any request': [`${scheme} ${'x'.repeat(100_000)}`],
  };
}

function send({ server }: MangledWorld, { method, path, body }: Opened, lines: readonly string[]) {
  const head = [
    `${method} ${path} HTTP/1.1`,
    `host: localhost:${server.port}`,
    'connection: close',
    'content-type: application/x-www-form-urlencoded',
    `content-length: ${body.length}`,
    ...lines.map((line) => `authorization: ${line}`),
  ];
  return exchange(server.port, Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`, 'latin1'));
}

test('a header that is missing, repeated, empty, oversized or wrongly encoded opens nothing, and changes nothing', async (context) => {
  const world = await openMangled(context);
  for (const [name, opened] of Object.entries(await openedBy(world))) {
    const before = await contentOf(world);
    for (const [what, lines] of Object.entries(mangled(opened.header))) {
      const answer = parseAnswer(await send(world, opened, lines));
      const title = `${name}: ${what}: ${answer.head}\n${answer.body}`;
      assert.ok(answer.status >= 400 && answer.status < 500, title);
      assert.equal(typeof JSON.parse(answer.body).error, 'string', title);
      assert.ok(!answer.body.includes(opened.header.split(' ')[1] ?? ''), title);
      if (answer.status === 401) assert.match(answer.head, /^www-authenticate: (Bearer|Basic) /im, title);
    }
    assert.equal(await contentOf(world), before, name);
    const right = parseAnswer(await send(world, opened, [opened.header]));
    assert.ok(right.status === 200 && right.body.includes(opened.shows), `${name}: ${right.body}`);
  }
});
