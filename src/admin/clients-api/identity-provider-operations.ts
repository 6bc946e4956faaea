import { describeRoute } from './documentation.ts';

const example = { id: '0198c0de-0000-7000-8000-000000000003', name: 'Staff', type: 'internal' };
const schema = 'ClientsApiIdentityProvider';
const input = 'ClientsApiIdentityProviderInput';
const one = { schema, example } as const;
const taken = [{ field: 'name', message: 'has already been taken' }] as const;

/** What the OpenAPI document says of the routes of identity providers. */
export const providerOperations = {
  list: describeRoute({
    operationId: 'listIdentityProviders',
    summary: 'All identity providers, the built-in one first',
    status: 200,
    answer: { ...one, isList: true },
  }),
  create: describeRoute({
    operationId: 'createIdentityProvider',
    summary: 'Registers an identity provider',
    request: ['identity_provider', input, { name: 'Staff', type: 'internal' }],
    status: 201,
    answer: one,
    errors: { UNPROCESSABLE_ENTITY: taken },
  }),
  get: describeRoute({
    operationId: 'getIdentityProvider',
    summary: 'One identity provider',
    status: 200,
    answer: one,
    errors: { NOT_FOUND: [] },
  }),
  update: describeRoute({
    operationId: 'updateIdentityProvider',
    summary: 'Changes the fields that are given',
    request: ['identity_provider', input, { name: 'Employees' }],
    status: 200,
    answer: { schema, example: { ...example, name: 'Employees' } },
    errors: { FORBIDDEN: [], NOT_FOUND: [], CONFLICT: [], UNPROCESSABLE_ENTITY: taken },
  }),
  remove: describeRoute({
    operationId: 'deleteIdentityProvider',
    summary: 'Deletes an identity provider that no client names',
    status: 204,
    errors: {
      FORBIDDEN: [],
      NOT_FOUND: [],
      UNPROCESSABLE_ENTITY: [{ field: 'identity_provider', message: 'is used by clients' }],
    },
  }),
} as const;
