import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { randomUuid } from '../../src/kernel/random.ts';
import { assertionType, goodClaims, makeAssertion, registerKept } from '../fixtures/client-assertion.ts';
import { type Answer, startProtocolServer } from '../fixtures/protocol-server.ts';
import { claimsOf, type Form, headerOf, openAssertionWorld } from './assertion-world.ts';
import { formRoutes } from './attack.ts';

const world = await openAssertionWorld();
const { server, signer, macClient, assertionOf, present, assertRefusedEverywhere, assertAcceptedEverywhere } =
  world;
after(() => server[Symbol.asyncDispose]());

describe('the request', () => {
  async function assertInvalid(make: (path: string) => Promise<Answer>): Promise<void> {
    for (const path of formRoutes) {
      const { status, body } = await make(path);
      assert.deepEqual([status, body['error']], [400, 'invalid_request'], path);
    }
  }

  // against: client-authentication/two
  test('uses one method', async () => {
    const { basic, secret, client } = signer;
    await assertInvalid((path) => present(path, assertionOf(signer), {}, { authorization: basic }));
    await assertInvalid((path) => present(path, assertionOf(signer), {}, { authorization: 'Bearer x' }));
    await assertInvalid((path) =>
      present(path, assertionOf(signer), { client_id: client.id, client_secret: secret }),
    );
  });

  test('has the assertion and its type, once each', async () => {
    const form: Form = { grant_type: 'client_credentials', token: 'x' };
    await assertInvalid((path) => server.post(path, { ...form, client_assertion: assertionOf(signer) }));
    await assertInvalid((path) => server.post(path, { ...form, client_assertion_type: assertionType }));
    for (const name of ['client_assertion', 'client_assertion_type']) {
      const good = { ...form, client_assertion: assertionOf(signer), client_assertion_type: assertionType };
      const twice: [string, string][] = [...Object.entries(good), [name, 'x']];
      await assertInvalid((path) => server.post(path, twice));
    }
  });

  test('names the type exactly', async () => {
    for (const type of [
      'urn:ietf:params:oauth:client-assertion-type:saml2-bearer',
      assertionType.toUpperCase(),
      `${assertionType} `,
      'jwt-bearer',
    ]) {
      await assertRefusedEverywhere(() => assertionOf(signer), { client_assertion_type: type });
    }
  });

  test('names no other client', async () => {
    for (const client_id of [macClient.client.id, randomUuid(), 'x']) {
      await assertInvalid((path) => present(path, assertionOf(signer), { client_id }));
    }
  });
});

describe('an assertion that is malformed', () => {
  // against: client-authentication/malformed
  test('in its form is refused', async () => {
    const good = assertionOf(signer);
    const [header = '', payload = '', signature = ''] = good.split('.');
    for (const assertion of [
      'x',
      '.',
      '..',
      '...',
      'a.b.c',
      `${header}.${payload}`,
      `${header}.${payload}.`,
      `.${payload}.${signature}`,
      `${header}..${signature}`,
      `${good}.`,
      `${good}.${signature}`,
      `${good}.x.y`,
      ` ${good}`,
      `${good}=`,
      `${header}.${payload}.${signature}A`,
      `${header}.${payload}.${signature.slice(0, -4)}`,
      `${header}.${payload}.${'A'.repeat(signature.length)}`,
      `${header}.${payload}.!!!!`,
      `${header}%00.${payload}.${signature}`,
      JSON.stringify({ protected: header, payload, signature }),
    ]) {
      await assertRefusedEverywhere(() => assertion);
    }
  });

  // against: client-authentication/malformed
  test('in its header is refused, though it is signed', async () => {
    for (const header of [
      '',
      'null',
      '[]',
      '"RS256"',
      '{}',
      '{"alg":"RS256"',
      '{"alg":"RS256"}x',
      '\ufeff{"alg":"RS256"}',
      '{"alg":"none","alg":"RS256"}',
      '{"alg":"RS256","\\u0061lg":"RS256"}',
      '{"alg":"RS256","kid":"unknown","kid":"mine"}',
      '{"__proto__":{"alg":"RS256"}}',
      '[{"alg":"RS256"}]',
    ]) {
      await assertRefusedEverywhere(() => assertionOf(signer, { header }));
    }
  });

  // against: client-authentication/malformed
  test('in its claims is refused, though it is signed', async () => {
    const good = () => JSON.stringify(goodClaims(server, signer.client.id));
    const { id } = macClient.client;
    for (const spoil of [
      () => '',
      () => 'null',
      () => `[${good()}]`,
      (text: string) => text.slice(0, -1),
      (text: string) => `${text}x`,
      (text: string) => `\ufeff${text}`,
      (text: string) => text.replace('{', `{"sub":"${id}",`),
      (text: string) => text.replace('{', '{"jti":"another",'),
      (text: string) => text.replace('{', '{"exp":9999999999,'),
      (text: string) => text.replace('{', '{"\\u0061ud":"https://other.example",'),
      (text: string) => text.replace('{', '{"a":{"b":1,"b":2},'),
      (text: string) => `{"__proto__":${text}}`,
    ]) {
      await assertRefusedEverywhere(() => assertionOf(signer, { claims: spoil(good()) }));
    }
    await assertAcceptedEverywhere(() => assertionOf(signer, { claims: good() }));
  });

  // against: client-authentication/malformed
  test('by octets that are no UTF-8 is refused, though it is signed', async () => {
    const claims = JSON.stringify(goodClaims(server, macClient.client.id, { note: 'NOTE' }));
    const octets = Buffer.from(claims.replace('NOTE', '\xff\xfe'), 'latin1').toString('base64url');
    const input = `${Buffer.from('{"alg":"HS256"}').toString('base64url')}.${octets}`;
    const mac = createHmac('sha256', macClient.secret).update(input).digest('base64url');
    await assertRefusedEverywhere(() => `${input}.${mac}`);
  });

  // against: client-authentication/malformed
  test('by its length or its depth is refused, though it is signed', async () => {
    await assertRefusedEverywhere(() => assertionOf(signer, claimsOf({ note: 'x'.repeat(6200) })));
    await assertRefusedEverywhere(() => assertionOf(signer, headerOf({ note: 'x'.repeat(40_000) })));
    await assertRefusedEverywhere(() => 'x'.repeat(60_000));
    await assertRefusedEverywhere(() => '.'.repeat(60_000));
    await assertRefusedEverywhere(() => assertionOf(signer, { header: '['.repeat(4000) }));
    await assertRefusedEverywhere(() => assertionOf(signer, { claims: `{"a":${'['.repeat(4000)}` }));
    await assertAcceptedEverywhere(() => assertionOf(signer, claimsOf({ note: 'x'.repeat(4000) })));
  });

  test('is not found in the log', async () => {
    const lines: string[] = [];
    const write = (facts: object) => lines.push(JSON.stringify(facts));
    await using loud = await startProtocolServer({
      logger: { debug: write, info: write, warn: write, error: write },
    });
    const registered = await registerKept(loud, {
      tokenEndpointAuthMethods: ['client_secret_jwt'],
      tokenEndpointJwtAuthAlg: 'HS256',
    });
    const claims = goodClaims(loud, registered.client.id, { jti: 'the-id-of-the-assertion' });
    const alg = 'HS256';
    const assertion = makeAssertion({ header: { alg }, claims, alg, key: Buffer.from(registered.secret) });
    const form = { client_assertion: assertion, client_assertion_type: assertionType };
    for (const path of [...formRoutes, ...formRoutes]) await loud.post(path, { token: 'x', ...form });
    assert.ok(lines.length > 0);
    for (const secret of [assertion, assertion.split('.')[2] ?? '', 'the-id-of-the-assertion']) {
      assert.ok(!lines.some((line) => line.includes(secret)));
    }
  });
});
