import type { DocumentedDialect } from '../openapi.ts';
import type { RestDialect } from '../rest-route.ts';
import { loginSchemas } from './schemas.ts';

/** The login API with what the OpenAPI document says of it. */
export function documentLoginApi(dialect: RestDialect): DocumentedDialect {
  return {
    dialect,
    tag: {
      name: 'login API',
      description: 'Clients, for administrators: a token with the scope `login` whose bearer is one.',
    },
    pathParameters: {
      id: { description: 'The client.', schema: { type: 'string', format: 'uuid' } },
      fingerprint: {
        description: 'The secret, as its creation and the lists name it.',
        schema: { type: 'string', pattern: '^[0-9a-f]{64}$' },
      },
    },
    schemas: loginSchemas,
    errorSchemaOf: () => 'LoginError',
  };
}
