import { describeRoute } from './documentation.ts';

const example = {
  id: '0198c0de-0000-7000-8000-000000000002',
  name: 'reports',
  label: 'See your reports',
  public: false,
};
const schema = 'ClientsApiScope';
const input = 'ClientsApiScopeInput';
const one = { schema, example } as const;
const taken = [{ field: 'name', message: 'has already been taken' }] as const;

/** What the OpenAPI document says of the routes of scopes. */
export const scopeOperations = {
  list: describeRoute({
    operationId: 'listScopes',
    summary: 'All scopes: built-in ones first, then declared ones, then registered ones',
    status: 200,
    answer: { ...one, isList: true },
  }),
  create: describeRoute({
    operationId: 'createScope',
    summary: 'Registers a scope',
    request: ['scope', input, { name: 'reports', label: 'See your reports' }],
    status: 201,
    answer: one,
    errors: { CONFLICT: [], UNPROCESSABLE_ENTITY: taken },
  }),
  get: describeRoute({
    operationId: 'getScope',
    summary: 'One scope',
    status: 200,
    answer: one,
    errors: { NOT_FOUND: [] },
  }),
  update: describeRoute({
    operationId: 'updateScope',
    summary: 'Changes the fields that are given; clients that have the scope keep it under its new name',
    request: ['scope', input, { public: true }],
    status: 200,
    answer: { schema, example: { ...example, public: true } },
    errors: { FORBIDDEN: [], NOT_FOUND: [], CONFLICT: [], UNPROCESSABLE_ENTITY: taken },
  }),
  remove: describeRoute({
    operationId: 'deleteScope',
    summary: 'Deletes a scope; no client and no token has it from then on',
    status: 204,
    errors: { FORBIDDEN: [], NOT_FOUND: [], CONFLICT: [] },
  }),
} as const;
