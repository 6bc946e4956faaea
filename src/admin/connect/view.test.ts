import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { arbitraryClient, withOrderedSets } from '../../../test/fixtures/arbitrary-client.ts';
import type { Client, ClientField, GrantType } from '../../clients/client.ts';
import { normalise } from '../../clients/defaults.ts';
import { RegistryError } from '../../clients/errors.ts';
import { applyPatch, changedFields } from '../../clients/patch.ts';
import { applyInput, show, type ViewInput } from '../../clients/view.ts';
import { createLogoUris } from '../logo-route.ts';
import { type ConnectClient, createConnectView } from './view.ts';

const view = createConnectView(createLogoUris('https://issuer.example'));
type Field = keyof ConnectClient;
const fields = Object.keys(view) as Field[];
const writable = fields.filter((field) => view[field].put !== undefined);

const others = ['0198c0de-0000-7000-8000-000000000001', '0198c0de-0000-7000-8000-000000000002'];
const known = { applicationIds: ['billing', 'files'], clientIds: others, scopes: ['openid', 'backend'] };
const uploaded = fc.constant<Client['logo']>({ kind: 'uploaded', hash: 'abc123', extension: 'png' });
/** Records whichever face made them; some with a logo that was uploaded. */
const client = fc
  .tuple(arbitraryClient(known), fc.option(uploaded))
  .map(([record, logo]) => (logo ? { ...record, logo } : record));

/** What a caller may send for each field; made of another record's values, so that every shape occurs. */
const wire = client.map((record) => show(view, record));

function put(record: Client, input: ViewInput<ConnectClient>): Client {
  return withOrderedSets(normalise(applyPatch(record, applyInput(view, record, input))));
}

/** The record fields that an update of a wire field may touch. */
function footprint(field: Field): readonly ClientField[] {
  return field === 'allowedDelegators' ? [...view[field].shows, 'grantTypes'] : view[field].shows;
}

test('writing back all that is shown is an empty patch', () => {
  fc.assert(
    fc.property(client, (record) => {
      assert.deepEqual(applyInput(view, record, show(view, record)), {});
    }),
    { numRuns: 500 },
  );
});

for (const field of fields) {
  test(`writing back ${field} alone, as it is shown, is an empty patch`, () => {
    fc.assert(
      fc.property(client, (record) => {
        assert.deepEqual(applyInput(view, record, { [field]: show(view, record)[field] }), {});
      }),
    );
  });
}

for (const field of writable) {
  test(`what is put into ${field} is shown, and the rest of the record stays`, () => {
    fc.assert(
      fc.property(client, wire, (record, { [field]: value }) => {
        const after = put(record, { [field]: value });
        assert.deepEqual(show(view, after)[field], value);
        for (const touched of changedFields(record, after)) assert.ok(footprint(field).includes(touched));
      }),
    );
  });

  test(`of two values put into ${field} the second one counts`, () => {
    fc.assert(
      fc.property(client, wire, wire, (record, { [field]: first }, { [field]: second }) => {
        // An undone change is none; and a redirect URI that is listed already moves, so that it is not listed twice.
        fc.pre(JSON.stringify(second) !== JSON.stringify(show(view, record)[field]));
        fc.pre(field !== 'redirectUri' || !record.redirectUris.includes(first as string));
        const twice = put(put(record, { [field]: first }), { [field]: second });
        assert.deepEqual(twice, put(record, { [field]: second }));
      }),
    );
  });

  test(`clearing ${field} shows the empty value, or leaves what the rules refuse`, () => {
    fc.assert(
      fc.property(client, (record) => {
        const shown = show(view, put(record, { [field]: null }))[field];
        assert.ok(shown === '' || shown === false || (Array.isArray(shown) && shown.length === 0));
      }),
    );
  });
}

for (const field of fields.filter((name) => !writable.includes(name))) {
  // against: administration/read-only
  test(`${field} is read-only: another value is refused`, () => {
    fc.assert(
      fc.property(client, (record) => {
        assert.throws(
          () => applyInput(view, record, { [field]: 'another' } as ViewInput<ConnectClient>),
          (error) => error instanceof RegistryError && error.violations[0]?.rule === 'read-only',
        );
      }),
      { numRuns: 10 },
    );
  });
}

test('an update of everything that the view shows preserves what it does not show', () => {
  const shownFields = new Set<ClientField>(writable.flatMap(footprint));
  const shownGrants: readonly GrantType[] = [
    'authorization_code',
    'implicit',
    'refresh_token',
    'urn:ietf:params:oauth:grant-type:device_code',
    'urn:ietf:params:oauth:grant-type:token-exchange',
  ];
  const hiddenGrants = ({ grantTypes }: Client) => grantTypes.filter((grant) => !shownGrants.includes(grant));
  fc.assert(
    fc.property(client, wire, (record, sent) => {
      const input = Object.fromEntries(writable.map((field) => [field, sent[field]]));
      const after = put(record, input);
      for (const touched of changedFields(record, after)) assert.ok(shownFields.has(touched), touched);
      assert.deepEqual(hiddenGrants(after), hiddenGrants(record));
      const unshown = record.redirectUris.slice(1).filter((uri) => uri !== sent.redirectUri);
      assert.deepEqual(after.redirectUris.slice(1), unshown);
      for (const field of writable) assert.deepEqual(show(view, after)[field], sent[field], field);
    }),
    { numRuns: 500 },
  );
});
