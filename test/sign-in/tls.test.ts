import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type ClientHttp2Session, connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2';
import { request as overHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { connect as connectTls, createServer as createTlsServer, type SecureVersion } from 'node:tls';
import { makeCertificate } from '../fixtures/certificate.ts';
import { type Form, readHtml } from '../fixtures/html-page.ts';
import { type Respond, startOutsideServer } from '../fixtures/outside-server.ts';
import { basic } from '../fixtures/protocol-server.ts';
import { type RelyingParty, type SignInRequest, signedOut } from '../fixtures/relying-party.ts';
import {
  alice,
  openSignInWorld,
  type SignInWorld,
  type SignInWorldOptions,
  signInAndAllow,
} from '../fixtures/sign-in-world.ts';
import { atEnd, type Ending } from '../fixtures/teardown.ts';
import { temporaryDirectory } from '../fixtures/temporary-directory.ts';

interface World extends SignInWorld {
  readonly ca: string;
}

/** A server with a certificate of its own, which its people trust. */
async function open(context: TestContext, env: SignInWorldOptions['env'] = {}): Promise<World> {
  const { certificate, key } = makeCertificate();
  const directory = temporaryDirectory(context);
  const files = {
    CLIENTELE_TLS_CERT: join(directory, 'tls.crt'),
    CLIENTELE_TLS_KEY: join(directory, 'tls.key'),
  };
  writeFileSync(files.CLIENTELE_TLS_CERT, certificate);
  writeFileSync(files.CLIENTELE_TLS_KEY, key, { mode: 0o600 });
  const world = await openSignInWorld(context, { ca: certificate, env: { ...files, ...env } });
  return { ...world, ca: certificate };
}

/** Exchanges a code over HTTP/1.1. */
async function exchange(
  { server, ca }: World,
  { client, secret }: RelyingParty,
  code: string,
  { verifier }: SignInRequest,
): Promise<Readonly<Record<string, string>>> {
  const authorization = basic(client.id, secret ?? '');
  const outgoing = overHttps(`${server.issuer}/oauth/token`, {
    method: 'POST',
    ca,
    agent: false,
    headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
  });
  const [redirectUri = ''] = client.redirectUris;
  const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier };
  outgoing.end(new URLSearchParams(form).toString());
  const [answer] = await once(outgoing, 'response');
  const body = await text(answer);
  assert.equal(answer.statusCode, 200, body);
  return JSON.parse(body);
}

test('over https a person signs in with cookies that no other host and no plain connection can set', async (context) => {
  const world = await open(context);
  const { server, person, relyingParty } = world;
  assert.match(server.issuer, /^https:/);
  const request = relyingParty.authorize();
  const { client, headers } = await signInAndAllow(person, request);
  assert.equal(headers['strict-transport-security'], 'max-age=31536000');
  const url = new URL(server.issuer);
  const cookies = person.jar.list(url);
  assert.deepEqual(
    cookies.map(({ name }) => name).toSorted(),
    ['browser', 'device', 'session'].map((name) => `__Host-clientele-${name}`),
  );
  for (const { secure, httpOnly, sameSite, path } of cookies) {
    assert.deepEqual([secure, httpOnly, sameSite, path], [true, true, 'lax', '/']);
  }
  const { id_token: hint = '' } = await exchange(
    world,
    relyingParty,
    client?.parameters.get('code') ?? '',
    request,
  );

  // A name without the prefix is anybody's who has a plain connection.
  const forger = world.newPerson();
  for (const { name, value } of cookies) forger.jar.put(url, { name: name.replace('__Host-', ''), value });
  const refused = await forger.open(relyingParty.authorize({ prompt: 'none' }).url);
  assert.equal(refused.client?.parameters.get('error'), 'login_required');

  const place = await person.open(
    relyingParty.endSession({ id_token_hint: hint, post_logout_redirect_uri: signedOut }),
  );
  assert.equal(place.location?.href, signedOut);
  assert.ok(person.jar.list(url).every(({ name }) => name !== '__Host-clientele-session'));
  for (const path of ['/oauth/authorize', '/nowhere', '/health/live']) {
    assert.ok((await person.open(path)).headers['strict-transport-security'], path);
  }
});

/** How a client offers to speak. */
interface Offer {
  readonly version: SecureVersion;
  readonly suite?: string;
}

/** The version and the suite that a server on this machine agrees to, or the code of its refusal. */
function handshake(port: number, { version, suite = 'ALL' }: Offer, ca: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connectTls({
      port,
      host: '127.0.0.1',
      servername: 'localhost',
      ca,
      minVersion: version,
      maxVersion: version,
      // What is offered here, OpenSSL would not offer by itself.
      ciphers: `${suite}:@SECLEVEL=0`,
    });
    socket.once('secureConnect', () => {
      resolve(`${socket.getProtocol()} ${socket.getCipher().standardName}`);
      socket.destroy();
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

/** A server that agrees to what anybody offers. */
async function startLenientServer(context: Ending): Promise<{ readonly port: number; readonly ca: string }> {
  const { certificate, key } = makeCertificate();
  const server = createTlsServer({ cert: certificate, key, minVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  atEnd(context, () => server.close());
  return { port: (server.address() as AddressInfo).port, ca: certificate };
}

const agreed: readonly Offer[] = [
  { version: 'TLSv1.2', suite: 'ECDHE-ECDSA-AES128-GCM-SHA256' },
  { version: 'TLSv1.2', suite: 'ECDHE-ECDSA-AES256-GCM-SHA384' },
  { version: 'TLSv1.2', suite: 'ECDHE-ECDSA-CHACHA20-POLY1305' },
  { version: 'TLSv1.3' },
];
const refused: readonly Offer[] = [
  { version: 'TLSv1' },
  { version: 'TLSv1.1' },
  { version: 'TLSv1.2', suite: 'ECDHE-ECDSA-AES128-SHA' },
  { version: 'TLSv1.2', suite: 'ECDHE-ECDSA-AES128-SHA256' },
  { version: 'TLSv1.2', suite: 'ECDHE-ECDSA-AES256-SHA384' },
  { version: 'TLSv1.2', suite: 'ECDHE-ECDSA-AES128-CCM8' },
];

test('TLS 1.2 with forward-secret AEAD suites and TLS 1.3 are spoken, and nothing else', async (context) => {
  const { server, ca } = await open(context);
  const lenient = await startLenientServer(context);
  for (const offer of agreed) {
    const outcome = await handshake(server.port, offer, ca);
    assert.match(outcome, new RegExp(`^${offer.version} TLS_.*(GCM|POLY1305)`), JSON.stringify(offer));
  }
  for (const offer of refused) {
    const offered = await handshake(lenient.port, offer, lenient.ca);
    assert.match(offered, new RegExp(`^${offer.version} `), `not offered at all: ${JSON.stringify(offer)}`);
    const outcome = await handshake(server.port, offer, ca);
    assert.match(outcome, /^ERR_SSL_|ECONNRESET/, `${JSON.stringify(offer)}: ${outcome}`);
  }
});

/** A browser that speaks HTTP/2, sends each cookie in a field of its own as such browsers do, and follows nothing. */
function createHttp2Browser(session: ClientHttp2Session) {
  const cookies = new Map<string, string>();
  const send = async (path: string, form?: URLSearchParams) => {
    const stream = session.request({
      ':method': form === undefined ? 'GET' : 'POST',
      ':path': path,
      accept: 'text/html',
      cookie: [...cookies].map(([name, value]) => `${name}=${value}`),
      ...(form && { 'content-type': 'application/x-www-form-urlencoded' }),
    });
    stream.end(form?.toString());
    const [headers]: [IncomingHttpHeaders] = (await once(stream, 'response')) as [IncomingHttpHeaders];
    for (const line of headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    const body = await text(stream);
    return { status: headers[':status'], location: headers.location ?? '', body };
  };
  return {
    get: (path: string) => send(path),
    submit: ({ action, fields }: Form, typed: Readonly<Record<string, string>>) => {
      const content = fields.map(({ name, value }): [string, string] => [name, typed[name] ?? value]);
      return send(action.pathname, new URLSearchParams(content));
    },
  };
}

test('a person signs in over HTTP/2', async (context) => {
  const world = await open(context);
  const { server, ca, register } = world;
  const relyingParty = await register();
  const session = connectHttp2(server.issuer, { ca });
  atEnd(context, () => session.close());
  const browser = createHttp2Browser(session);
  const formAt = async (location: string): Promise<Form> => {
    const { status, body } = await browser.get(location);
    assert.equal(status, 200, body);
    return readHtml(body, new URL(location, server.issuer)).forms[0] ?? assert.fail(body);
  };

  const request = relyingParty.authorize();
  const begun = await browser.get(request.url.pathname + request.url.search);
  assert.equal(begun.status, 303);
  const { username, password } = alice;
  const signedIn = await browser.submit(await formAt(begun.location), { username, password });
  assert.equal(signedIn.status, 303, signedIn.body);
  const allowed = await browser.submit(await formAt(signedIn.location), {});
  const { searchParams } = new URL(allowed.location);
  const tokens = await exchange(world, relyingParty, searchParams.get('code') ?? '', request);
  assert.ok(tokens['id_token']);
  const silent = relyingParty.authorize({ prompt: 'none' }).url;
  const { location } = await browser.get(silent.pathname + silent.search);
  assert.ok(new URL(location).searchParams.has('code'));
});

// against: egress/logout
test('a client whose certificate the operator trusts is told of a logout over https, and another is not', async (context) => {
  const told = Promise.withResolvers<void>();
  const answer: Respond = (_request, response) => {
    response.end();
    told.resolve();
  };
  const trusted = await startOutsideServer(context, answer);
  const stranger = await startOutsideServer(context, answer);
  const caFile = join(temporaryDirectory(context), 'ca.pem');
  writeFileSync(caFile, trusted.ca);
  const world = await open(context, { CLIENTELE_EGRESS_ALLOW_LOOPBACK: 'true', CLIENTELE_EGRESS_CA: caFile });
  const { server, person, register } = world;
  for (const { url } of [trusted, stranger]) {
    const relyingParty = await register({ backchannelLogoutUri: `${url}/logout` });
    await signInAndAllow(person, relyingParty.authorize());
  }
  await person.open('/logout');
  await person.confirmLogout();
  await told.promise;
  // What was begun beside it is finished first.
  await server.stop('the logout is over');
  assert.deepEqual(
    trusted.requests.map(({ method, path, body }) => [method, path, body.split('=')[0]]),
    [['POST', '/logout', 'logout_token']],
  );
  assert.ok(stranger.connections() > 0);
  assert.deepEqual(stranger.requests, []);
});
