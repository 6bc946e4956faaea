import { reasonPhrases } from '../../http/reason-phrases.ts';
import type { JsonObject, JsonValue } from '../../kernel/encoding.ts';
import { jsonContent, schemaRef } from '../openapi.ts';
import type { RestRoute } from '../rest-route.ts';
import { type LoginApiStatus, loginApiErrors } from './errors.ts';
import type { loginSchemas } from './schemas.ts';

/** Where the dialect's routes begin. */
export const rootPath = '/auth/api/login/client';

const onePath = `${rootPath}/:id`;
const secretsPath = `${onePath}/client-secret`;

type SchemaName = keyof ReturnType<typeof loginSchemas>;
type Examples = Readonly<Record<string, JsonValue>>;

const client = {
  id: '0198c0de-0000-7000-8000-000000000001',
  name: 'Shop',
  redirectUrls: ['https://shop.example/callback'],
  isValid: true,
  requiresSecret: true,
  validScopes: ['backend'],
  isInternal: false,
};
const fingerprint = '4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce';
const secret = { censored: 'cls_4**********', fingerprint };
const user = '0198c0de-0000-7000-8000-000000000002';
const done = { result: 'success', time: '2026-05-01T12:00:00.000Z' };

/** An answer in the form of a component schema. */
function answers(description: string, schema: SchemaName, examples: Examples): JsonObject {
  return { description, ...jsonContent(schemaRef(schema), examples) };
}

/** The same, of a list. */
function answersList(description: string, schema: SchemaName, examples: Examples): JsonObject {
  return { description, ...jsonContent({ type: 'array', items: schemaRef(schema) }, examples) };
}

function refuses(status: LoginApiStatus, name: string, message: string): JsonObject {
  const example = { statusCode: status, message, error: reasonPhrases[status] ?? '' };
  return { [status]: answers(loginApiErrors[status], 'LoginError', { [name]: example }) };
}

const refusals = {
  invalid: refuses(400, 'invalid', 'name must not be blank. validScopes must not contain duplicates.'),
  protected: refuses(
    403,
    'protected',
    'The client is internal: no face changes it, deletes it or shows its secret.',
  ),
  unknown: refuses(404, 'not_found', 'No client has this id, or the caller may not see it.'),
  contended: refuses(
    409,
    'contended',
    'Other nodes kept changing the client; the request was not carried out and may be sent again.',
  ),
  full: refuses(409, 'secrets_full', 'The client has as many live secrets as it may have.'),
} as const;

function takes(schema: JsonObject, examples: Examples): JsonObject {
  return { required: true, ...jsonContent(schema, examples) };
}

const input = schemaRef('LoginClientInput');
const newClient: JsonObject = { type: 'object', allOf: [input], required: ['name'] };

type Operation = Pick<RestRoute, 'method' | 'path' | 'operation'>;

/** What the dialect serves, and what the OpenAPI document says of it. */
export const operations = {
  listLoginClients: {
    method: 'GET',
    path: rootPath,
    operation: {
      operationId: 'listLoginClients',
      summary: 'List all clients: internal ones first, then in order of creation',
      responses: { 200: answersList('Every client.', 'LoginClient', { clients: [client] }) },
    },
  },
  getLoginClient: {
    method: 'GET',
    path: onePath,
    operation: {
      operationId: 'getLoginClient',
      summary: 'Show a client, with what may be told of its secrets',
      responses: {
        200: answers('The client.', 'LoginClientDetails', {
          client: { ...client, censoredClientSecrets: [secret] },
          withUser: { ...client, censoredClientSecrets: [], clientCredentialFlowUser: user },
        }),
        ...refusals.unknown,
      },
    },
  },
  createLoginClient: {
    method: 'POST',
    path: rootPath,
    operation: {
      operationId: 'createLoginClient',
      summary: 'Register a client',
      description:
        'It may use the authorization code and refresh grants, with PKCE, and the client credentials grant while it has a user and requires a secret. No secret is made: add one.',
      requestBody: takes(newClient, {
        least: { name: 'Shop' },
        robot: { name: 'Robot', validScopes: ['backend'], clientCredentialFlowUser: 'robot' },
      }),
      responses: {
        201: answers('The client.', 'LoginClient', { client }),
        ...refusals.invalid,
        ...refuses(404, 'user_not_found', 'No account has this id or user name.'),
        ...refusals.contended,
      },
    },
  },
  updateLoginClient: {
    method: 'PUT',
    path: onePath,
    operation: {
      operationId: 'updateLoginClient',
      summary: 'Change a client',
      description: 'Only what is given changes. Other keys than those of the schema are ignored.',
      requestBody: takes(input, {
        rename: { name: 'Store' },
        noUser: { clientCredentialFlowUser: null },
        writeBack: client,
      }),
      responses: {
        200: answers('The client as it is.', 'LoginClient', { client: { ...client, name: 'Store' } }),
        ...refusals.invalid,
        ...refusals.protected,
        ...refusals.unknown,
        ...refusals.contended,
      },
    },
  },
  deleteLoginClient: {
    method: 'DELETE',
    path: onePath,
    operation: {
      operationId: 'deleteLoginClient',
      summary: 'Delete a client, and revoke everything that it holds',
      responses: {
        200: answers('It is gone.', 'LoginOperation', { done: { ...done, operation: 'delete-client' } }),
        ...refusals.protected,
        ...refusals.unknown,
        ...refusals.contended,
      },
    },
  },
  listLoginClientSecrets: {
    method: 'GET',
    path: secretsPath,
    operation: {
      operationId: 'listLoginClientSecrets',
      summary: 'List the live secrets of a client, oldest first',
      responses: {
        200: answersList('What may be told of them.', 'LoginSecret', { secrets: [secret] }),
        ...refusals.unknown,
      },
    },
  },
  createLoginClientSecret: {
    method: 'POST',
    path: secretsPath,
    operation: {
      operationId: 'createLoginClientSecret',
      summary: 'Add a secret beside the others; at most 10 live at once',
      responses: {
        201: answers('The secret.', 'LoginCreatedSecret', {
          created: { secretText: 'cls_4 and 91 characters more', ...secret },
        }),
        ...refusals.protected,
        ...refusals.unknown,
        ...refusals.full,
      },
    },
  },
  deleteLoginClientSecret: {
    method: 'DELETE',
    path: `${secretsPath}/:fingerprint`,
    operation: {
      operationId: 'deleteLoginClientSecret',
      summary: 'End a secret at once',
      responses: {
        200: answers('It is gone.', 'LoginOperation', {
          done: { ...done, operation: 'delete-client-secret' },
        }),
        ...refusals.protected,
        ...refuses(404, 'secret_not_found', 'The client has no such secret.'),
        ...refusals.contended,
      },
    },
  },
} as const satisfies Readonly<Record<string, Operation>>;

/** The `operationId` of an operation. */
export type OperationName = keyof typeof operations;
