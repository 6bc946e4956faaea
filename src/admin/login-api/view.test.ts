import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { arbitraryClient, withOrderedSets } from '../../../test/fixtures/arbitrary-client.ts';
import { type Client, type ClientField, requiresSecret } from '../../clients/client.ts';
import { normalise } from '../../clients/defaults.ts';
import { RegistryError } from '../../clients/errors.ts';
import { applyPatch, changedFields } from '../../clients/patch.ts';
import { applyInput, show, type ViewInput } from '../../clients/view.ts';
import { loginScopes } from './schemas.ts';
import { createLoginView, type LoginClient } from './view.ts';

const scope = (name: string, isPublic: boolean) =>
  ({ name, label: name, public: isPublic, kind: 'general', applicationId: null }) as const;
/** A catalog in which one of the dialect's scopes is public. */
const catalog = {
  scopes: () => [
    ...[scope('openid', true), scope('reports', true), scope('payroll', false)],
    ...loginScopes.map((name) => scope(name, name === 'backend')),
  ],
};
const view = createLoginView(catalog);
type Field = keyof LoginClient;
const fields = Object.keys(view) as Field[];
const writable = fields.filter((field) => view[field].put !== undefined);

const names = catalog.scopes().map(({ name }) => name);
const known = { applicationIds: ['billing'], clientIds: ['x'], scopes: names };
const isShown = (name: string): boolean => loginScopes.some((shown) => shown === name);
const accountId = fc.option(fc.uuid());
/** Records whichever face made them: scopes in any order, some with an account. */
const client = fc.tuple(arbitraryClient(known), accountId, fc.option(fc.shuffledSubarray(names))).map(
  ([record, subject, scopes]): Client => ({
    ...record,
    clientCredentialsSubject: subject,
    allowedScopes: scopes,
  }),
);

/** What a caller may send for each field; made of another record's values, so that every shape occurs. */
const wire = client.map((record) => show(view, record));

function put(record: Client, input: ViewInput<LoginClient>): Client {
  return withOrderedSets(normalise(applyPatch(record, applyInput(view, record, input))));
}

/** The record fields that an update of a wire field may touch, beside those that it shows. */
const followers: Readonly<Partial<Record<Field, readonly ClientField[]>>> = {
  requiresSecret: ['publicRefreshToken', 'publicRevoke', 'grantTypes'],
  clientCredentialFlowUser: ['grantTypes'],
};

test('writing back all that is shown is an empty patch', () => {
  fc.assert(
    fc.property(client, (record) => {
      assert.deepEqual(applyInput(view, record, show(view, record)), {});
    }),
    { numRuns: 500 },
  );
});

for (const field of writable) {
  test(`what is put into ${field} is shown, and the rest of the record stays`, () => {
    fc.assert(
      fc.property(client, wire, (record, { [field]: value }) => {
        const changed = put(record, { [field]: value });
        assert.deepEqual(show(view, changed)[field], value);
        const touched = changedFields(record, changed);
        const allowed = [...view[field].shows, ...(followers[field] ?? [])];
        assert.deepEqual(
          touched.filter((name) => !allowed.includes(name)),
          [],
        );
      }),
    );
  });
}

test('a field that is read-only takes its own value and no other', () => {
  fc.assert(
    fc.property(client, (record) => {
      const other = { id: '0198c0de-0000-7000-8000-00000000ffff', isInternal: !record.internal };
      for (const field of ['id', 'isInternal'] as const) {
        assert.throws(() => applyInput(view, record, { [field]: other[field] }), RegistryError);
      }
    }),
  );
});

test('of the scopes the four are set, and the others stay in their places', () => {
  fc.assert(
    fc.property(client, fc.shuffledSubarray([...loginScopes]), (record, validScopes) => {
      const after = put(record, { validScopes }).allowedScopes;
      const meant = record.allowedScopes ?? ['openid', 'reports', 'backend'];
      const others = meant.filter((name) => !isShown(name));
      const isWriteBack = validScopes.join() === show(view, record).validScopes.join();
      if (isWriteBack) assert.deepEqual(after, record.allowedScopes);
      else
        assert.deepEqual(
          after?.filter((name) => !isShown(name)),
          others,
        );
    }),
    { numRuns: 500 },
  );
});

test('a record without a list shows the public ones of the four, and setting them writes down what it means', () => {
  fc.assert(
    fc.property(client, (any) => {
      const record = { ...any, allowedScopes: null };
      assert.deepEqual(show(view, record).validScopes, ['backend']);
      assert.equal(put(record, { validScopes: ['backend'] }).allowedScopes, null);
      assert.deepEqual(put(record, { validScopes: [] }).allowedScopes, ['openid', 'reports']);
      const { allowedScopes } = put(record, { validScopes: ['login', 'backend'] });
      assert.deepEqual(allowedScopes, ['openid', 'reports', 'login', 'backend']);
    }),
  );
});

test('requiresSecret brings what goes with it, and leaves at least one method', () => {
  fc.assert(
    fc.property(client, (record) => {
      const wanted = !requiresSecret(record);
      const changed = put(record, { requiresSecret: wanted });
      assert.equal(requiresSecret(changed), wanted);
      assert.ok(changed.tokenEndpointAuthMethods.length > 0);
      const { publicRefreshToken, publicRevoke, grantTypes } = changed;
      assert.deepEqual([publicRefreshToken, publicRevoke], [!wanted, !wanted]);
      assert.equal(grantTypes.includes('introspect'), wanted);
      const had = record.grantTypes.includes('client_credentials');
      const expected = record.clientCredentialsSubject === null ? had : wanted;
      assert.equal(grantTypes.includes('client_credentials'), expected);
    }),
  );
});

test('the account brings the client credentials grant where a secret is required, and takes it along', () => {
  fc.assert(
    fc.property(client, fc.uuid(), (record, clientCredentialFlowUser) => {
      const given = put(record, { clientCredentialFlowUser });
      assert.equal(given.clientCredentialsSubject, clientCredentialFlowUser);
      assert.equal(given.grantTypes.includes('client_credentials'), requiresSecret(record));
      const taken = put(given, { clientCredentialFlowUser: null });
      assert.deepEqual(
        [taken.clientCredentialsSubject, taken.grantTypes.includes('client_credentials')],
        [null, false],
      );
    }),
  );
});

test('an update of everything that the view shows preserves what it does not show', () => {
  const shown = writable.flatMap((field) => [...view[field].shows, ...(followers[field] ?? [])]);
  const hiddenGrants = ({ grantTypes }: Client) =>
    grantTypes.filter((grant) => grant !== 'introspect' && grant !== 'client_credentials');
  const hiddenMethods = ({ tokenEndpointAuthMethods: methods }: Client) =>
    methods.filter((method) => method !== 'none');
  fc.assert(
    fc.property(client, wire, (record, sent) => {
      const after = put(record, Object.fromEntries(writable.map((field) => [field, sent[field]])));
      assert.deepEqual(
        changedFields(record, after).filter((field) => !shown.includes(field)),
        [],
      );
      assert.deepEqual(hiddenGrants(after), hiddenGrants(record));
      if (hiddenMethods(record).length > 0) assert.deepEqual(hiddenMethods(after), hiddenMethods(record));
      for (const field of writable) assert.deepEqual(show(view, after)[field], sent[field], field);
    }),
    { numRuns: 500 },
  );
});
