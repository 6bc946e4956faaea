import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfiguration } from './configuration.ts';
import { ConfigurationError } from './faults.ts';

function declare(...applications: readonly object[]) {
  const entries = applications.map((entry, index) => ({
    name: 'An API',
    audience: `https://api-${index}.example`,
    ...entry,
  }));
  const file = Buffer.from(JSON.stringify({ applications: entries }));
  const env = { CLIENTELE_CONFIG: '/etc/c.yaml' };
  return readConfiguration({ env, readFile: () => file }).declarations.applications;
}

function faultsOf(...applications: readonly object[]): readonly string[] {
  try {
    declare(...applications);
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigurationError);
    return error.faults.map(({ message }) => message);
  }
}

test('the slug of an application is its id where that is one, unless another is given', () => {
  const slugs = declare(
    { id: 'orders' },
    { id: 'Billing.v2' },
    { id: 'files', slug: 'my-files' },
    { id: 'Reports', slug: 'x'.repeat(64), websiteUrl: 'https://reports.example/about' },
  );
  assert.deepEqual(
    slugs.map(({ slug, websiteUri }) => [slug, websiteUri]),
    [
      ['orders', null],
      [null, null],
      ['my-files', null],
      ['x'.repeat(64), 'https://reports.example/about'],
    ],
  );
});

test('a slug has one form and one application, and a website is one', () => {
  for (const slug of ['', 'A', '-a', 'a-', 'a_b', 'x'.repeat(65)]) {
    assert.equal(faultsOf({ id: 'orders', slug }).length, 1, slug);
  }
  assert.equal(faultsOf({ id: 'orders', websiteUrl: 'javascript:alert(1)' }).length, 1);
  assert.match(
    faultsOf({ id: 'orders' }, { id: 'other', slug: 'orders' }).join(),
    /slug "orders" is declared twice/,
  );
});

test('an audience is an absolute URI as it stands, so that it can be asked for and named in an error', () => {
  for (const audience of ['https://api.example/v1?x=%20', 'urn:example:api', 'api.example:read']) {
    assert.deepEqual(faultsOf({ id: 'orders', audience }), [], audience);
  }
  const mended = [
    ' https://api.example',
    'https://api.example\n',
    'https://api.example/a b',
    'https://bücher.example',
  ];
  const others = [
    'api.example',
    '/api',
    '',
    'https://api.example/#x',
    'https://api.example/"',
    'https://api.example/%',
  ];
  for (const audience of [...mended, ...others]) {
    assert.equal(faultsOf({ id: 'orders', audience }).length, 1, audience);
  }
});
