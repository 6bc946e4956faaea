import { z } from 'zod';
import type { JsonObject, JsonValue } from '../../kernel/encoding.ts';
import { jsonContent, schemaRef } from '../openapi.ts';
import type { RestRoute } from '../rest-route.ts';
import { clientFields, clientShown } from './client-schema.ts';
import {
  ApiError,
  type ApiErrorCode,
  answerError,
  apiErrors,
  type FieldFault,
  protectedError,
} from './errors.ts';
import { providerFields, providerShown } from './identity-provider-schema.ts';
import { logoutNoticeShown } from './logout-notice-schema.ts';
import { scopeFields, scopeShown } from './scope-schema.ts';

const code = z.enum(Object.keys(apiErrors) as ApiErrorCode[]);
const errorBody = z.object({ code, message: z.string() });
const fieldErrorsBody = z.object({
  ...errorBody.shape,
  errors: z
    .record(z.string(), z.array(z.string()))
    .meta({ description: 'What is wrong with each faulty field.' }),
});

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonObject {
  const { $schema: _, ...shown } = z.toJSONSchema(schema, { io });
  return shown as JsonObject;
}

/** Makes the component schemas of the OpenAPI document. */
export const clientsApiSchemas = () => ({
  ClientsApiClient: schemaOf(clientShown, 'output'),
  ClientsApiClientInput: schemaOf(z.object(clientFields).partial(), 'input'),
  ClientsApiLogoutNotice: schemaOf(logoutNoticeShown, 'output'),
  ClientsApiScope: schemaOf(scopeShown, 'output'),
  ClientsApiScopeInput: schemaOf(z.object(scopeFields).partial(), 'input'),
  ClientsApiIdentityProvider: schemaOf(providerShown, 'output'),
  ClientsApiIdentityProviderInput: schemaOf(z.object(providerFields).partial(), 'input'),
  ClientsApiError: schemaOf(errorBody, 'output'),
  ClientsApiFieldErrors: schemaOf(fieldErrorsBody, 'output'),
});

/** The name of a component schema. */
export type ClientsApiSchema = keyof ReturnType<typeof clientsApiSchemas>;

/** The name of the component schema of errors with a status. */
export function errorSchemaOf(status: number): ClientsApiSchema {
  return status === 400 || status === 422 ? 'ClientsApiFieldErrors' : 'ClientsApiError';
}

/** What is said of a route. */
interface Description {
  readonly operationId: string;
  readonly summary: string;
  /** The object in the body: the key that it stands under, its schema and an example of it. */
  readonly request?: readonly [key: string, schema: ClientsApiSchema, example: JsonObject];
  /** The status of success. */
  readonly status: 200 | 201 | 204;
  /** What stands under `data`: the schema of one, or of each entry of a list. */
  readonly answer?: {
    readonly schema: ClientsApiSchema;
    readonly example: JsonObject;
    readonly isList?: true;
  };
  /** A creation tells where its resource is found. */
  readonly location?: true;
  /** What the route itself refuses, each with an example of the faulty fields. */
  readonly errors?: { readonly [Code in ApiErrorCode]?: readonly FieldFault[] };
}

/** Describes a route as an Operation Object (OpenAPI 3.1 §4.8.10). */
export function describeRoute(description: Description): RestRoute['operation'] {
  const { operationId, summary, request, status, errors = {} } = description;
  const refusals = Object.entries(errors).map(([name, faults]) =>
    refusalResponse(name === 'FORBIDDEN' ? protectedError() : new ApiError(name as ApiErrorCode, faults)),
  );
  return {
    operationId,
    summary,
    ...(request && { requestBody: requestBody(...request) }),
    responses: { [status]: successResponse(description), ...Object.fromEntries(refusals) },
  };
}

function requestBody(key: string, schema: ClientsApiSchema, example: JsonObject): JsonObject {
  return {
    required: true,
    ...jsonContent(objectOf(key, schemaRef(schema)), { [key]: { [key]: example } }),
  };
}

function successResponse({ status, answer, location }: Description): JsonObject {
  if (answer === undefined) return { description: 'Done.' };
  const one = schemaRef(answer.schema);
  const schema = objectOf('data', answer.isList ? { type: 'array', items: one } : one);
  const data: JsonValue = answer.isList ? [answer.example] : answer.example;
  return {
    description: status === 201 ? 'Created.' : 'Done.',
    ...(location && { headers: { Location: { description: 'Its path.', schema: { type: 'string' } } } }),
    ...jsonContent(schema, { data: { data } }),
  };
}

function objectOf(key: string, schema: JsonObject): JsonObject {
  return { type: 'object', properties: { [key]: schema }, required: [key] };
}

function refusalResponse(error: ApiError): readonly [status: string, response: JsonObject] {
  const { status } = apiErrors[error.code];
  const { body = null } = answerError(error) ?? {};
  const content = jsonContent(schemaRef(errorSchemaOf(status)), { [error.code]: body });
  return [String(status), { description: apiErrors[error.code].when, ...content }];
}
