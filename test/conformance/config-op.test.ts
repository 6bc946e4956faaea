import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { JSONWebKeySet } from 'jose';
import type { JsonObject } from '../../src/kernel/encoding.ts';
import { type BrowserAnswer, sendAsBrowser } from '../fixtures/browser-request.ts';
import { makeCertificate } from '../fixtures/certificate.ts';
import { startTestServer } from '../fixtures/running-server.ts';
import { temporaryDirectory } from '../fixtures/temporary-directory.ts';

/** What the suite finds at a server with a certificate. */
interface Found {
  readonly issuer: string;
  readonly answer: BrowserAnswer;
  readonly metadata: JsonObject;
  readonly get: (url: string) => Promise<BrowserAnswer>;
}

/** Starts a server that speaks https, and reads its metadata from below its issuer. */
async function discover(context: TestContext): Promise<Found> {
  const folder = temporaryDirectory(context);
  const { certificate, key } = makeCertificate();
  const paths = [join(folder, 'cert.pem'), join(folder, 'key.pem')] as const;
  writeFileSync(paths[0], certificate);
  writeFileSync(paths[1], key, { mode: 0o600 });
  const env = { CLIENTELE_TLS_CERT: paths[0], CLIENTELE_TLS_KEY: paths[1] };
  const { issuer } = await startTestServer(context, { env });
  const get: Found['get'] = (url) =>
    sendAsBrowser({
      url: new URL(url),
      method: 'GET',
      form: null,
      cookie: undefined,
      from: null,
      initiator: 'same-site',
      acceptLanguage: 'en',
      userAgent: 'suite',
      ca: certificate,
    });
  const answer = await get(`${issuer}/.well-known/openid-configuration`);
  return { issuer, answer, metadata: JSON.parse(answer.body), get };
}

/** A list of texts, each once; @throws when it is none, or empty */
function listIn(metadata: JsonObject, name: string): readonly string[] {
  const list = metadata[name];
  assert.ok(Array.isArray(list) && list.length > 0, name);
  assert.ok(
    list.every((entry) => typeof entry === 'string'),
    name,
  );
  assert.equal(new Set(list).size, list.length, name);
  return list;
}

/** An address of https without what an endpoint must not have. */
function isEndpoint(value: unknown): boolean {
  if (typeof value !== 'string' || !URL.canParse(value)) return false;
  const { protocol, username, hash } = new URL(value);
  return protocol === 'https:' && username === '' && hash === '';
}

/**
 * Registered with IANA for servers (OAuth Authorization Server Metadata), as far as the server has them; the suite warns of every other.
 */
const registered = new Set([
  ...['issuer', 'authorization_endpoint', 'token_endpoint', 'jwks_uri', 'userinfo_endpoint'],
  ...['introspection_endpoint', 'revocation_endpoint', 'end_session_endpoint'],
  ...['scopes_supported', 'response_types_supported', 'response_modes_supported', 'grant_types_supported'],
  ...['token_endpoint', 'introspection_endpoint', 'revocation_endpoint'].flatMap((endpoint) => [
    `${endpoint}_auth_methods_supported`,
    `${endpoint}_auth_signing_alg_values_supported`,
  ]),
  ...['subject_types_supported', 'acr_values_supported', 'display_values_supported'],
  ...['claim_types_supported', 'claims_supported', 'ui_locales_supported', 'prompt_values_supported'],
  ...['id_token_signing_alg_values_supported', 'userinfo_signing_alg_values_supported'],
  ...['code_challenge_methods_supported', 'authorization_response_iss_parameter_supported'],
  ...['claims_parameter_supported', 'request_parameter_supported', 'request_uri_parameter_supported'],
  ...['backchannel_logout_supported', 'backchannel_logout_session_supported'],
  ...['frontchannel_logout_supported', 'frontchannel_logout_session_supported'],
]);

/** Members of a JWK that are nobody's business (RFC 7518 §6.2.2, §6.3.2, §6.4). */
const secretMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

const checks: Readonly<Record<string, (found: Found) => void | Promise<void>>> = {
  'the metadata is JSON, found below the issuer that it names': ({ issuer, answer, metadata }) => {
    assert.equal(answer.status, 200);
    assert.match(answer.headers['content-type'] ?? '', /^application\/json(;|$)/);
    assert.equal(metadata['issuer'], issuer);
    const { protocol, search, hash, username } = new URL(issuer);
    assert.deepEqual([protocol, search, hash, username], ['https:', '', '', '']);
  },

  'every member is one that is registered, and of its type': ({ metadata }) => {
    assert.deepEqual(
      Object.keys(metadata).filter((name) => !registered.has(name)),
      [],
    );
    for (const name of Object.keys(metadata)) {
      if (/_endpoint$|_uri$/.test(name)) assert.ok(isEndpoint(metadata[name]), name);
      else if (Array.isArray(metadata[name])) listIn(metadata, name);
      else if (name !== 'issuer') assert.equal(typeof metadata[name], 'boolean', name);
    }
  },

  'what must be there is': ({ metadata }) => {
    for (const name of ['authorization_endpoint', 'token_endpoint', 'userinfo_endpoint', 'jwks_uri']) {
      assert.ok(isEndpoint(metadata[name]), name);
    }
    assert.ok(listIn(metadata, 'response_types_supported').includes('code'));
    assert.ok(
      listIn(metadata, 'subject_types_supported').every((type) => ['public', 'pairwise'].includes(type)),
    );
    assert.ok(listIn(metadata, 'id_token_signing_alg_values_supported').includes('RS256'));
    assert.ok(listIn(metadata, 'grant_types_supported').includes('authorization_code'));
    assert.ok(listIn(metadata, 'claims_supported').includes('sub'));
    assert.ok(listIn(metadata, 'code_challenge_methods_supported').includes('S256'));
  },

  'what is said of requests is how they are answered': ({ metadata }) => {
    assert.equal(metadata['claims_parameter_supported'], true);
    assert.equal(metadata['request_parameter_supported'], false);
    assert.equal(metadata['request_uri_parameter_supported'], false);
    assert.equal(metadata['authorization_response_iss_parameter_supported'], true);
  },

  'scopes are of the characters of scopes, and openid is one': ({ metadata }) => {
    const scopes = listIn(metadata, 'scopes_supported');
    assert.ok(scopes.includes('openid'));
    assert.ok(scopes.every((scope) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope)));
  },

  'languages are tags as they are written': ({ metadata }) => {
    const tags = listIn(metadata, 'ui_locales_supported');
    assert.deepEqual(Intl.getCanonicalLocales([...tags]), tags);
  },

  'the keys are public, named, each by another name, and good': async ({ metadata, get }) => {
    const { status, headers, body } = await get(String(metadata['jwks_uri']));
    assert.equal(status, 200);
    assert.match(headers['content-type'] ?? '', /^application\/(jwk-set\+)?json(;|$)/);
    const { keys } = JSON.parse(body) as JSONWebKeySet;
    assert.ok(keys.some(({ kty, alg }) => kty === 'RSA' && alg === 'RS256'));
    for (const key of keys) {
      assert.ok(secretMembers.every((member) => !(member in key)));
      assert.equal(key.use, 'sig');
      assert.ok(createPublicKey({ key: { ...key, kty: key.kty ?? '' }, format: 'jwk' }));
    }
    const kids = keys.map(({ kid }) => kid);
    assert.ok(kids.every((kid) => typeof kid === 'string' && kid !== ''));
    assert.equal(new Set(kids).size, kids.length);
  },
};

test('oidcc-config-certification-test-plan', async (context) => {
  const found = await discover(context);
  for (const [title, check] of Object.entries(checks)) {
    await context.test(`oidcc-discovery-endpoint-verification: ${title}`, () => check(found));
  }
});
