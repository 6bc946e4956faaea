import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { arbitraryClient, withOrderedSets } from '../../../test/fixtures/arbitrary-client.ts';
import { type Client, type ClientField, type GrantType, signatureAlgs } from '../../clients/client.ts';
import { normalise } from '../../clients/defaults.ts';
import { RegistryError } from '../../clients/errors.ts';
import { applyPatch, changedFields } from '../../clients/patch.ts';
import { clientsApiLifetimes } from '../../clients/rules/face-limits.ts';
import { signatureAlgsOf } from '../../clients/rules/signing.ts';
import { applyInput, show, type ViewInput } from '../../clients/view.ts';
import { type ApiClient, createApiView } from './view.ts';

const others = ['0198c0de-0000-7000-8000-000000000001', '0198c0de-0000-7000-8000-000000000002'];
const known = {
  applicationIds: ['billing', 'files'],
  clientIds: others,
  scopes: ['openid', 'backend', 'gone'],
};

const view = createApiView({
  lifetimes: { ...clientsApiLifetimes, accessTokenTtl: 3600 },
  defaultProviderId: 'built-in',
  isScope: (name) => name !== 'gone',
});
type Field = keyof ApiClient;
const fields = Object.keys(view) as Field[];
const writable = fields.filter((field) => view[field].put !== undefined);

/** Records whichever face made them. */
const client = fc
  .tuple(
    arbitraryClient(known),
    fc.record({
      identityProviderId: fc.constantFrom(null, 'built-in', 'other'),
      authorizationRequestTtl: fc.option(fc.integer({ min: 1, max: 600 })),
      idTokenTtl: fc.option(fc.integer({ min: 1, max: 86_400 })),
      tokenEndpointJwtAuthAlg: fc.constantFrom(...signatureAlgs),
      jwtPublicKey: fc.option(fc.constantFrom('one key', 'another key')),
      checkPublicClientId: fc.boolean(),
    }),
  )
  .map(([record, more]): Client => ({ ...record, ...more }));

/** What a caller may send for each field; made of another record's values, so that every shape occurs. */
const wire = client.map((record) => show(view, record));

function put(record: Client, input: ViewInput<ApiClient>): Client {
  return withOrderedSets(normalise(applyPatch(record, applyInput(view, record, input))));
}

const algs = ['signaturesAdapter', 'idTokenSignatureAlg', 'userinfoSignedResponseAlg'] as const;

/** The record fields that an update of a wire field may touch. */
function footprint(field: Field): readonly ClientField[] {
  if (field === 'confidential') return ['tokenEndpointAuthMethods'];
  return field === 'key_pair_type' ? [...view[field].shows, ...algs] : view[field].shows;
}

test('writing back all that is shown, or any field of it alone, is an empty patch', () => {
  fc.assert(
    fc.property(client, (record) => {
      const shown = show(view, record);
      assert.deepEqual(applyInput(view, record, shown), {});
      for (const field of fields) assert.deepEqual(applyInput(view, record, { [field]: shown[field] }), {});
    }),
    { numRuns: 500 },
  );
});

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
}

for (const field of writable.filter((name) => name !== 'key_pair_type')) {
  test(`of two values put into ${field} the second one counts`, () => {
    fc.assert(
      fc.property(client, wire, wire, (record, { [field]: first }, { [field]: second }) => {
        // An undone change is none.
        fc.pre(JSON.stringify(second) !== JSON.stringify(show(view, record)[field]));
        const twice = put(put(record, { [field]: first }), { [field]: second });
        assert.deepEqual(twice, put(record, { [field]: second }));
      }),
    );
  });
}

test('a key pair type brings algorithms and a signer that fit it, and leaves what fits already', () => {
  fc.assert(
    fc.property(client, wire, (record, { key_pair_type: type }) => {
      const after = put(record, { key_pair_type: type });
      const fitting = signatureAlgsOf(type);
      for (const field of ['idTokenSignatureAlg', 'userinfoSignedResponseAlg'] as const) {
        const [before, now] = [record[field], after[field]];
        assert.ok(now === null ? before === null : fitting.includes(now));
        if (before !== null && fitting.includes(before)) assert.equal(now, before);
      }
      assert.equal(after.signaturesAdapter, type?.type === 'universal' ? 'remote' : 'internal');
    }),
  );
});

for (const field of fields.filter((name) => !writable.includes(name))) {
  test(`${field} is read-only: another value is refused`, () => {
    fc.assert(
      fc.property(client, (record) => {
        assert.throws(
          () => applyInput(view, record, { [field]: 'another' } as ViewInput<ApiClient>),
          (error) => error instanceof RegistryError && error.violations[0]?.rule === 'read-only',
        );
      }),
      { numRuns: 10 },
    );
  });
}

test('an update of everything that the view shows preserves what it does not show', () => {
  const shownFields = new Set<ClientField>(writable.flatMap(footprint));
  const hiddenGrants: readonly GrantType[] = [
    'urn:ietf:params:oauth:grant-type:device_code',
    'urn:ietf:params:oauth:grant-type:token-exchange',
  ];
  fc.assert(
    fc.property(client, wire, (record, sent) => {
      const input = Object.fromEntries(writable.map((field) => [field, sent[field]]));
      const after = put(record, input);
      for (const touched of changedFields(record, after)) assert.ok(shownFields.has(touched), touched);
      for (const grant of hiddenGrants) {
        assert.equal(after.grantTypes.includes(grant), record.grantTypes.includes(grant));
      }
      assert.equal(after.authorizedScopes.includes('gone'), record.authorizedScopes.includes('gone'));
      for (const field of writable) assert.deepEqual(show(view, after)[field], sent[field], field);
    }),
    { numRuns: 500 },
  );
});
