import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Answer } from '../answer-reader.ts';
import { type Browser, createBrowser, type PageAnswer } from '../browser.ts';
import { basic, type ClientCredentials, writeRequest } from '../requests.ts';
import { originAt, person, personScope, redirectUri, scope } from '../setting.ts';
import type { Target } from '../workload.ts';

/** A client that signs people in; without a secret it is a public one. */
export type SigningInClient = Pick<ClientCredentials, 'id'> & Partial<ClientCredentials>;

const verifier = 'verifier-of-the-measurements'.padEnd(64, '-');
const challenge = createHash('sha256').update(verifier).digest('base64url');

/** What a token endpoint answers to a code or a refresh token. */
export interface PersonTokens {
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly id_token?: string;
}

/** Where a sign-in begins. */
export function authorizationPath({ paths }: Target, { id }: SigningInClient): string {
  const parameters = new URLSearchParams({
    client_id: id,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: `${personScope} ${scope}`,
    state: 'state-of-the-measurements',
    nonce: 'nonce-of-the-measurements',
    code_challenge: challenge,
    code_challenge_method: 'S256',
  });
  return `${paths.authorization}?${parameters}`;
}

/** The code that a redirect carries. */
export function readCode(location: string): string {
  const code = new URL(location).searchParams.get('code');
  assert.ok(code, `no code came: ${location}`);
  return code;
}

/** The same of an answer on the wire. */
export function readCodeOf({ head }: Answer): string {
  return readCode(/\r\nlocation: *(\S+)/i.exec(head)?.[1] ?? '');
}

/** The exchange of a code. */
export function writeExchange(target: Target, client: SigningInClient, code: string): Buffer {
  return writeTokenRequest(target, client, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
  });
}

/** The use of a refresh token. */
export function writeRefresh(target: Target, client: SigningInClient, token: string): Buffer {
  return writeTokenRequest(target, client, { grant_type: 'refresh_token', refresh_token: token });
}

function writeTokenRequest(
  { port, paths }: Target,
  { id, secret }: SigningInClient,
  parameters: Readonly<Record<string, string>>,
): Buffer {
  const proof = secret === undefined ? {} : { authorization: basic({ id, secret }) };
  return writeRequest({
    port,
    method: 'POST',
    path: paths.token,
    headers: { ...proof, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ ...parameters, ...(secret === undefined && { client_id: id }) }).toString(),
  });
}

/** Signs the person in at a new browser, through whatever pages there are; answers the browser and the first code. */
export async function signInAtBrowser(
  target: Target,
  client: SigningInClient,
): Promise<{ readonly browser: Browser; readonly code: string }> {
  const browser = createBrowser();
  const origin = originAt(target.port);
  let at = new URL(authorizationPath(target, client), origin);
  let answer = await browser.open(at);
  for (let step = 0; step < 10; step++) {
    if (answer.location !== null && answer.location.origin !== origin) {
      return { browser, code: readCode(answer.location.href) };
    }
    if (answer.location === null) answer = await fillIn(browser, at, answer);
    else {
      at = answer.location;
      answer = await browser.open(at);
    }
  }
  throw new Error(`nobody could sign in: ${answer.status} ${answer.text}`);
}

function fillIn(browser: Browser, page: URL, { text }: PageAnswer): Promise<PageAnswer> {
  const { username, password } = person;
  const asked = text.includes('type="password"');
  return browser.submit(page, text, asked ? { username, login: username, password } : {});
}

/** The tokens of a new sign-in. */
export async function signIn(
  target: Target,
  client: SigningInClient,
): Promise<{ readonly browser: Browser; readonly tokens: PersonTokens }> {
  const { browser, code } = await signInAtBrowser(target, client);
  const { id, secret } = client;
  const response = await fetch(originAt(target.port) + target.paths.token, {
    method: 'POST',
    headers: secret === undefined ? {} : { authorization: basic({ id, secret }) },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
      ...(secret === undefined && { client_id: id }),
    }),
  });
  assert.equal(response.status, 200, await response.clone().text());
  return { browser, tokens: (await response.json()) as PersonTokens };
}
