import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonValue } from '@bufbuild/protobuf';
import {
  ClientsService,
  UpdateClientRequestSchema,
  UploadClientLogoRequestSchema,
} from '../../gen/xeonr/auth/api/v1/clients_service_pb.ts';
import { findFormFaults } from './json-form.ts';

const find = (json: { [key: string]: JsonValue }, schema = UpdateClientRequestSchema) =>
  findFormFaults(json, schema).map(({ field, message }) => `${field} ${message}`);

test('every unknown key and every wrong type is named, under its JSON name', () => {
  const faults = find({
    client_id: 1,
    name: { value: 'Shop' },
    supportsCodeGrant: 'true',
    allowedDelegators: 'a',
    postLogoutRedirectUris: ['https://a.example/', null, 2],
    applicationBindings: [
      { applicationId: 'a', config: 'x' },
      'b',
      { application_id: true, config: { jsonConfig: [], extra: 1 }, id: 'c' },
    ],
    updateMask: ['name'],
    logo_url: 3,
    foo: null,
  });
  assert.deepEqual(faults, [
    'clientId must be a string',
    'name must be a string',
    'supportsCodeGrant must be true or false',
    'allowedDelegators must be a list',
    'postLogoutRedirectUris[1] must be a string',
    'postLogoutRedirectUris[2] must be a string',
    'applicationBindings[0].config must be an object',
    'applicationBindings[1] must be an object',
    'applicationBindings[2].applicationId must be a string',
    'applicationBindings[2].config.jsonConfig must be an object',
    'applicationBindings[2].config.extra is not a field',
    'applicationBindings[2].id is not a field',
    'updateMask must be a string of field names with commas between them',
    'logoUrl must be a string',
    'foo is not a field',
  ]);
});

test('of a list that is too long no entry is looked at', () => {
  const listOf = (length: number) => ({ postLogoutRedirectUris: Array(length).fill(0) });
  assert.equal(find(listOf(1_000))[0], 'postLogoutRedirectUris[0] must be a string');
  assert.deepEqual(find(listOf(1_001)), ['postLogoutRedirectUris has too many entries']);
});

test('what is as documented has no fault; null is an absent field, and any object a configuration', () => {
  const config = { jsonConfig: { a: [1, null, { applicationId: 1 }] } };
  assert.deepEqual(
    find({
      clientId: 'c',
      name: null,
      applicationBindings: [{ application_id: 'a', config }, { config: null }],
      allowedDelegators: null,
      isVerified: false,
      updateMask: { paths: ['name'] },
    }),
    [],
  );
});

test('a field under both of its names is a fault, however deep', () => {
  const binding = { applicationId: 'a', application_id: 'b' };
  assert.deepEqual(find({ clientId: '', client_id: '', applicationBindings: [binding] }), [
    'clientId is given twice, also as "client_id"',
    'applicationBindings[0].applicationId is given twice, also as "application_id"',
  ]);
});

test('octets are a string in base64, with or without padding, also in its form for addresses', () => {
  const findIn = (logoData: JsonValue) => find({ logoData }, UploadClientLogoRequestSchema as never);
  for (const logoData of ['', 'AA==', 'AA', '-_-_']) assert.deepEqual(findIn(logoData), []);
  for (const logoData of [1, [1], 'A*==', 'é']) {
    assert.deepEqual(findIn(logoData), ['logoData must be a string in base64']);
  }
});

test('an answer names a hundred faults at most, and repeats no more of a strange name than its beginning', () => {
  const many = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`x${index}`, 1]));
  assert.equal(find(many).length, 100);
  assert.deepEqual(find({ [`${'x'.repeat(63)}💥`]: 1 }), [`${'x'.repeat(63)}\ufffd is not a field`]);
  assert.deepEqual(find({ constructor: 1, toString: 2 }), [
    'constructor is not a field',
    'toString is not a field',
  ]);
});

test('a value of another type is a fault in every field of every request', () => {
  for (const { input } of ClientsService.methods) {
    for (const { jsonName } of input.fields) {
      assert.equal(findFormFaults({ [jsonName]: 1 }, input).length, 1, `${input.name}.${jsonName}`);
    }
  }
});
