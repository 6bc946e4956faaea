import assert from 'node:assert/strict';
import type { Answer } from '../answer-reader.ts';
import { writeRequest } from '../requests.ts';
import { originAt, person, webClient } from '../setting.ts';
import { connectionCount, type Target, type Workload } from '../workload.ts';
import {
  authorizationPath,
  type PersonTokens,
  readCodeOf,
  signIn,
  writeExchange,
} from './sign-in-requests.ts';

/** Where each connection stands: the request that its last answer calls for. */
type Courses = Buffer[];

/** Everyone has signed in before: a code is asked for and exchanged, over and over. */
export async function signInAgain(target: Target): Promise<Workload> {
  const begin = await Promise.all(
    Array.from({ length: connectionCount }, async () => {
      const { browser } = await signIn(target, webClient);
      return writeRequest({
        port: target.port,
        method: 'GET',
        path: authorizationPath(target, webClient),
        headers: { cookie: browser.cookies() },
      });
    }),
  );
  const courses: Courses = [...begin];
  return {
    requestsEach: 2,
    next: (connection) => courses[connection] as Buffer,
    heed: (answer, connection) => {
      courses[connection] =
        answer.status === 303
          ? writeExchange(target, webClient, readCodeOf(answer))
          : (begin[connection] as Buffer);
    },
    check: async ({ spread, last }) => checkTokens([...spread, ...last]),
  };
}

/** Nobody has a session: each sign-in is a new browser, with the password. */
export async function signInWithPassword(target: Target): Promise<Workload> {
  // Whoever signs in has allowed the client what it asks for before.
  await signIn(target, webClient);
  const begin = writeRequest({
    port: target.port,
    method: 'GET',
    path: authorizationPath(target, webClient),
  });
  const courses: Courses = Array.from({ length: connectionCount }, () => begin);
  const jars = Array.from({ length: connectionCount }, () => '');
  let arrived = 0;
  return {
    requestsEach: 4,
    next: (connection) => courses[connection] as Buffer,
    heed: (answer, connection) => {
      const cookies = [jars[connection], ...cookiesOf(answer)].filter(Boolean).join('; ');
      jars[connection] = cookies;
      const next = followUp(target, answer, cookies);
      courses[connection] = next ?? begin;
      if (next !== undefined) return;
      checkTokens([answer.body]);
      arrived += 1;
      jars[connection] = '';
    },
    // So few arrive that a sample might have none of them: each was looked at.
    check: async () => {
      assert.ok(arrived > 0, 'nobody has signed in');
      arrived = 0;
    },
  };
}

/** What a browser without a session does with an answer; undefined: it has arrived. */
function followUp(target: Target, answer: Answer, cookie: string): Buffer | undefined {
  const { port } = target;
  const location = /\r\nlocation: *(\S+)/i.exec(answer.head)?.[1];
  const body = answer.body.toString();
  if (location !== undefined) {
    const { origin, pathname, search } = new URL(location, originAt(port));
    return origin === originAt(port)
      ? writeRequest({ port, method: 'GET', path: pathname + search, headers: { cookie } })
      : writeExchange(target, webClient, readCodeOf(answer));
  }
  if (!body.startsWith('<')) return undefined;
  const hidden = [...body.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)];
  const fields = hidden.map(([, name = '', value = '']) => [name, value]);
  return writeRequest({
    port,
    method: 'POST',
    path: '/login',
    headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ ...Object.fromEntries(fields), ...person }).toString(),
  });
}

function cookiesOf({ head }: Answer): readonly string[] {
  return [...head.matchAll(/\r\nset-cookie: *([^;\r]+)/gi)].map(([, pair = '']) => pair);
}

/** Every second body is that of an exchange; redirects have none that says anything. */
function checkTokens(bodies: readonly Buffer[]): void {
  const texts = bodies.map((body) => body.toString()).filter((text) => text.startsWith('{'));
  assert.ok(texts.length > 0, 'no code was exchanged');
  for (const text of texts) {
    const { access_token, id_token } = JSON.parse(text) as PersonTokens;
    assert.ok(access_token && id_token, text);
  }
}
