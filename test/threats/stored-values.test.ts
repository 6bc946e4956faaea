import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { inspect } from 'node:util';
import { asOperator, declaring, register } from '../connect/world.ts';
import { startTestServer } from '../fixtures/running-server.ts';
import { withstands } from './attack.ts';
import { openFaces, type SharedField } from './faces.ts';

/** Two readers could take them for two places. */
const ambiguous = [
  'https://shop.example/a/../cb',
  'https://shop.example/..;/cb',
  'https://shop.example/%2e%2e/cb',
  'https://shop.example/%252E%252E/cb',
  'https://shop.example/a%2fb',
  'https://shop.example/a%252fb',
  'https://shop.example/a%5cb',
  'https://shop.example\\@evil.example/cb',
  'https:\\\\shop.example/cb',
  'https://shop.example/c\tb',
  'https://shop.example/c\nb',
  'https://shop.example/cb\u0000',
  ' https://shop.example/cb',
  'https://shop.example@evil.example/cb',
  'https://user:password@shop.example/cb',
  'https://shop.example/cb#',
  'https://shop.example/cb#https://evil.example',
  'https://bücher.example/cb',
  'https://shop。example/cb',
  'https://shop.example/ｃb',
  'https://shop%2eexample/cb',
  'https://shop.example:0443/cb',
  'https://shop.example:/cb',
  'https:shop.example/cb',
  'https:///shop.example/cb',
  '//shop.example/cb',
  '/cb',
  'https://',
  'https://0x7f.1/cb',
  'http://2130706433/cb',
  'http://[::ffff:127.0.0.1]/cb',
  'http://localhost.evil.example/cb',
  'http://127.0.0.1.evil.example/cb',
];

/** What follows none of the schemes that are allowed, or not at once. */
const schemes = [
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  '\u0001javascript:alert(1)',
  'java\nscript:alert(1)',
  'javascript://shop.example/%0aalert(1)',
  'data:text/html,<script>alert(1)</script>',
  'DATA:text/html;base64,PHNjcmlwdD4=',
  '\u0000data:text/html,x',
  'vbscript:x',
  'blob:https://shop.example/1',
  'filesystem:https://shop.example/1',
  'view-source:https://shop.example/',
  'file:///etc/passwd',
  'about:blank',
  'ftp://shop.example/cb',
  'http://shop.example/cb',
  'shop:/cb',
];

const wildcards = [
  '*',
  'https://*',
  'https://*/cb',
  'https://*.example/cb',
  'https://*.shop.example/cb',
  'https://shop.*/cb',
  'https://shop-*.example/cb',
  'https://shop.example/*',
  'https://shop.example/*/cb',
  'https://shop.example/cb?x=*',
  'https://shop.example:*/cb',
  'http://localhost:*/cb',
];

/** A client that others try to change, and the faces that they try it through. */
async function open(context: TestContext) {
  const server = await startTestServer(context);
  const { id } = await register(
    server,
    { name: 'Shop', redirectUris: ['https://shop.example/'] },
    'generate',
  );
  return { server, id, faces: await openFaces(server) };
}

/** Sees to it that each face with `field` takes `good`, refuses each of `values`, new or as a change, and says why. */
async function assertRefused(
  { server, id, faces }: Awaited<ReturnType<typeof open>>,
  field: SharedField,
  values: readonly string[],
  good = 'https://shop.example/good',
): Promise<void> {
  const having = faces.filter(({ fields }) => fields[field] !== undefined);
  assert.ok(having.length >= 4);
  for (const { name, fields, write, blame } of having) {
    const [wire = '', withValue = () => ({})] = fields[field] ?? [];
    assert.equal(await write(withValue(good)), 'ok', `${name} ${field}`);
    await withstands(server, async () => {
      const attempts = values.flatMap((value) => [undefined, id].map((target) => ({ value, target })));
      const refuse = async ({ value, target }: { value: string; target: string | undefined }) => {
        const outcome = await write(withValue(value), target);
        const what = `${name} ${wire} ${JSON.stringify(value.slice(0, 80))}: ${outcome}`;
        assert.ok(outcome.startsWith(blame) && outcome.includes(wire), what);
      };
      await Promise.all(attempts.map(refuse));
    });
  }
}

// against: redirects/stored
test('a redirect URI that two readers could take for two places is registered through no face', async (context) => {
  await assertRefused(await open(context), 'redirectUri', ambiguous);
});

// against: redirects/schemes
test('a redirect URI of a scheme that is not allowed is registered through no face', async (context) => {
  await assertRefused(await open(context), 'redirectUri', schemes);
});

// against: redirects/wildcards
test('a wildcard in a redirect URI is registered through no face', async (context) => {
  const world = await open(context);
  await assertRefused(world, 'redirectUri', wildcards);
  await assertRefused(world, 'postLogoutRedirectUri', wildcards);
});

// against: redirects/logout-stored
test('an address of logout that is ambiguous, or of a scheme that is not allowed, is registered through no face, nor a link of a script', async (context) => {
  const world = await open(context);
  await assertRefused(world, 'postLogoutRedirectUri', [...ambiguous, ...schemes]);
  for (const field of ['backchannelLogoutUri', 'frontchannelLogoutUri'] as const) {
    await assertRefused(world, field, [...ambiguous, ...schemes, ...wildcards, 'com.example.shop:/cb']);
  }
  const scripts = schemes.filter((uri) => !uri.startsWith('http'));
  await assertRefused(world, 'websiteUri', [...scripts, 'https://user@shop.example/', 'https:shop.example']);
});

// against: redirects/stored
test('one URI stands once in a list, and as it was sent, whatever else would mean the same', async (context) => {
  const { server, id, faces } = await open(context);
  const uri = 'https://SHOP.example:443/%7Ecb?b=2&a=1&a=%2F';
  const rest = faces.filter(({ blame }) => blame !== 'invalid_argument');
  assert.equal(rest.length, 2);
  for (const { name, fields, write } of rest) {
    const [wire = ''] = fields.redirectUri ?? [];
    assert.match(await write({ [wire]: [uri, uri] }, id), /^4.*unique|^4.*once|^4.*duplicate/i, name);
    assert.equal(await write({ [wire]: [uri, 'https://shop.example/%7Ecb'] }, id), 'ok', name);
    assert.deepEqual((await server.registry.get({ ...asOperator, id })).redirectUris[0], uri);
  }
});

/** The faults that keep a server from starting with `declarations`. */
async function faultsOfStart(context: TestContext, declarations: object): Promise<string> {
  const start = startTestServer(context, { env: declaring(context, declarations) });
  const [outcome] = await Promise.allSettled([start]);
  assert.equal(outcome.status, 'rejected');
  return inspect(outcome, { depth: null, maxArrayLength: null });
}

// against: redirects/stored, redirects/schemes, redirects/wildcards
test('a redirect URI of that kind in the operator’s file keeps the server from starting', async (context) => {
  const idOf = (index: number) => `0b8f6a52-7a51-4a35-9d0c-${String(index).padStart(12, '0')}`;
  const clients = [...ambiguous, ...schemes, ...wildcards].map((uri, index) => ({
    id: idOf(index),
    name: 'Shop',
    redirectUris: [uri],
  }));
  const faults = await faultsOfStart(context, { clients });
  for (const { id, redirectUris } of clients) assert.ok(faults.includes(id), redirectUris.join());
});

/** Read otherwise than they are, or by nobody. */
const deceptiveNames = [
  'Bank\u202egpj.exe',
  'Bank\u2066evil\u2069',
  '\u200bBank',
  'Ba\u200bnk',
  'Ba\u00adnk',
  'Bank\ufeff',
  'Bank\u2060',
  'Bank\u0000',
  'Bank\u001b[2J',
  'Bank\u0085',
  'Bank\u2028is yours',
  'Bank\nis yours',
  'Bank\u{e0041}',
  'x'.repeat(10_000),
];

// against: interaction/names
test('a name that reads otherwise than it is, or that is endless, is stored through no face', async (context) => {
  await assertRefused(await open(context), 'name', deceptiveNames, 'Bücher & <b>Köln</b> 👩‍💻');
});
