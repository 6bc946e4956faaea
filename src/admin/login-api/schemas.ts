import { z } from 'zod';
import type { JsonObject } from '../../kernel/encoding.ts';

/**
 * The dialect's JSON, once: what a request is read with, and what the OpenAPI document shows. A schema that reads judges types
 * alone: what it says of limits beside is a rule in `clients/rules/`, and stands here to be shown.
 */

const texts = {
  id: 'A UUID, the OAuth `client_id`.',
  name: 'What people read.',
  redirectUrls: 'Where browsers are sent back to. The first is the default for a request that names none.',
  isValid: 'False: the client is refused everywhere.',
  requiresSecret: 'Whether a secret is needed. Where it is not, one may be presented, and is checked.',
  validScopes: 'The scopes that the client may ask for, of the four that this API knows.',
  isInternal: 'True: the client cannot be changed or deleted.',
  clientCredentialFlowUser:
    'The account in whose name the client gets tokens by the client credentials grant.',
} as const;

/** The scopes that the dialect shows and sets; of the others in a record it knows nothing. */
export const loginScopes = ['login', 'login-register', 'backend', 'auth'] as const;

const text = z.string('must be a string');
const flag = z.boolean('must be true or false');
const listOfTexts = 'must be a list of strings';
const onlyItsScopes = `must contain only ${loginScopes.slice(0, -1).join(', ')} and ${loginScopes.at(-1)}`;
const itsValue = 'Read-only: the value that the client has.';

/** What a request may say of a client, field by field: its type. Of other keys nothing is read. */
export const clientFields = {
  name: text.meta({ description: texts.name, minLength: 1, maxLength: 255, pattern: '\\S' }),
  redirectUrls: z
    .array(z.string(listOfTexts).meta({ format: 'uri' }), listOfTexts)
    .meta({ description: `${texts.redirectUrls} Replaces the list.`, uniqueItems: true, maxItems: 100 }),
  isValid: flag.meta({ description: texts.isValid }),
  requiresSecret: flag.meta({ description: texts.requiresSecret }),
  validScopes: z
    .array(z.enum(loginScopes, onlyItsScopes), listOfTexts)
    .meta({ description: texts.validScopes, uniqueItems: true }),
  clientCredentialFlowUser: z
    .string('must be a string or null')
    .nullable()
    .meta({ description: `${texts.clientCredentialFlowUser} Its id or user name; null: none.` }),
  id: text.meta({ description: itsValue }),
  isInternal: flag.meta({ description: itsValue }),
} as const;

/** A client as every answer but one shows it. */
export const clientView = z.object({
  id: z.string().meta({ description: texts.id, format: 'uuid' }),
  name: z.string().meta({ description: texts.name }),
  redirectUrls: z.array(z.string()).meta({ description: texts.redirectUrls }),
  isValid: z.boolean().meta({ description: texts.isValid }),
  requiresSecret: z.boolean().meta({ description: texts.requiresSecret }),
  validScopes: z.array(z.enum(loginScopes)).meta({ description: texts.validScopes }),
  isInternal: z.boolean().meta({ description: texts.isInternal }),
});

const fingerprint = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .meta({ description: 'Names the secret, and tells nothing about it.' });
const censored = z
  .string()
  .regex(/^[\x20-\x7e]{0,5}\*{10}$/)
  .meta({ description: 'The first characters of the secret, five at most, and ten `*`.' });

/** What may be told of a secret. */
export const censoredSecret = z.object({ censored, fingerprint });

/** A secret that was just made. */
export const createdSecret = z.object({
  secretText: z.string().meta({ description: 'The secret. It is shown this once.' }),
  fingerprint,
  censored,
});

/** A client as it is shown when it is asked for alone. */
export const clientDetails = z.object({
  ...clientView.shape,
  censoredClientSecrets: z.array(censoredSecret).meta({ description: 'Oldest first.' }),
  clientCredentialFlowUser: z
    .string()
    .meta({ description: `${texts.clientCredentialFlowUser} Absent: there is none.` })
    .optional(),
});

/** What a deletion answers. */
export const operationResult = z.object({
  operation: z.enum(['delete-client', 'delete-client-secret']),
  result: z.literal('success'),
  time: z.string().meta({ description: 'When it was carried out, in UTC.', format: 'date-time' }),
});

/** The body of every error. */
export const errorBody = z.object({
  statusCode: z.int().min(400).max(599).meta({ description: 'The HTTP status.' }),
  message: z.string().meta({ description: 'One sentence for each fault.' }),
  error: z.string().meta({ description: 'The reason phrase of the status.' }),
});

type Direction = 'input' | 'output';

function jsonSchema(schema: z.ZodType, io: Direction): JsonObject {
  const { $schema: _, ...shown } = z.toJSONSchema(schema, { io });
  return shown as JsonObject;
}

/** Makes the component schemas of the OpenAPI document. */
export const loginSchemas = () => ({
  LoginClient: jsonSchema(clientView, 'output'),
  LoginClientDetails: jsonSchema(clientDetails, 'output'),
  LoginClientInput: jsonSchema(z.object(clientFields).partial(), 'input'),
  LoginSecret: jsonSchema(censoredSecret, 'output'),
  LoginCreatedSecret: jsonSchema(createdSecret, 'output'),
  LoginOperation: jsonSchema(operationResult, 'output'),
  LoginError: jsonSchema(errorBody, 'output'),
});
