import { reasonPhrases } from '../http/reason-phrases.ts';
import type { JsonObject, JsonValue } from '../kernel/encoding.ts';
import type { RestDialect, RestRefusal, RestRoute } from './rest-route.ts';

/** A REST dialect with what its routes do not say of themselves. */
export interface DocumentedDialect {
  readonly dialect: RestDialect;
  /** The Tag Object of its operations (OpenAPI 3.1 §4.8.22). */
  readonly tag: { readonly name: string; readonly description: string };
  /** Parameter Objects of the parts of its paths, without name and place. */
  readonly pathParameters: Readonly<Record<string, JsonObject>>;
  /** Makes its component schemas, once somebody reads the document; their names begin with its own, so that two dialects never meet. */
  readonly schemas: () => Readonly<Record<string, JsonObject>>;
  /** The name of the component schema of its errors with a status. */
  readonly errorSchemaOf: (status: number) => string;
}

/** Describes the dialects that are served in one document. @see OpenAPI Specification 3.1 */
export function describeDialects(issuer: string, dialects: readonly DocumentedDialect[]): JsonObject {
  return {
    openapi: '3.1.1',
    info: {
      title: 'Administration of clients',
      description: 'The REST dialects over the one registry of clients.',
      version: '1.0.0',
    },
    servers: [{ url: issuer }],
    tags: dialects.map(({ tag }) => tag),
    paths: describePaths(dialects),
    components: {
      schemas: Object.assign({}, ...dialects.map(({ schemas }) => schemas())),
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description:
            'An access token of this server for this server (RFC 6750). An operation lists the scopes that it needs; of several entries one is enough.',
        },
      },
    },
  };
}

/** A component schema, by its name. */
export function schemaRef(name: string): JsonObject {
  return { $ref: `#/components/schemas/${name}` };
}

/** What a Response or Request Body Object says of JSON in the form of a schema (OpenAPI 3.1 §4.8.14). */
export function jsonContent(schema: JsonObject, examples: Readonly<Record<string, JsonValue>>): JsonObject {
  const entries = Object.entries(examples).map(([name, value]) => [name, { value }]);
  return { content: { 'application/json': { schema, examples: Object.fromEntries(entries) } } };
}

function describePaths(dialects: readonly DocumentedDialect[]): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const documented of dialects) {
    for (const route of documented.dialect.routes) {
      const path = templateOf(route.path);
      const item = paths[path] ?? describeParameters(route, documented);
      paths[path] = { ...item, [route.method.toLowerCase()]: describeOperation(route, documented) };
    }
  }
  return paths;
}

/** `/clients/:id` as `/clients/{id}`. */
function templateOf(path: string): string {
  return path.replaceAll(/:([^/]+)/g, '{$1}');
}

function describeParameters({ path }: RestRoute, { pathParameters }: DocumentedDialect) {
  const names = [...path.matchAll(/:([^/]+)/g)].map(([, name = '']) => name);
  if (names.length === 0) return {};
  return {
    parameters: names.map((name) => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string' },
      ...pathParameters[name],
    })),
  };
}

function describeOperation(route: RestRoute, documented: DocumentedDialect): JsonObject {
  const { operation, admission } = route;
  const own = (operation['responses'] ?? {}) as JsonObject;
  return {
    ...operation,
    tags: [documented.tag.name],
    security: admission.scopes.map((scope) => ({ bearer: [scope] })),
    responses: mergeResponses(own, describeRefusals(route, documented)),
  };
}

/** What the foundation may answer in the place of a route. */
function refusalsOf({ method, admission }: RestRoute): readonly RestRefusal[] {
  return [
    'malformed',
    'unauthenticated',
    'insufficient_scope',
    ...(admission.administrator ? (['not_administrator'] as const) : []),
    ...(method === 'GET' ? [] : (['too_large'] as const)),
    'too_many_requests',
    'unavailable',
    'server_error',
  ];
}

function describeRefusals(route: RestRoute, documented: DocumentedDialect): JsonObject {
  const { refuse } = documented.dialect;
  const answers = refusalsOf(route).map((refusal) => [refusal, refuse(refusal)] as const);
  const responses = answers.map(
    ([refusal, { status, body }]): JsonObject => ({
      [status]: {
        description: reasonPhrases[status] ?? '',
        ...(headers[status] && { headers: headers[status] }),
        ...jsonContent(schemaRef(documented.errorSchemaOf(status)), { [refusal]: body ?? null }),
      },
    }),
  );
  return responses.reduce(mergeResponses, {});
}

/** The headers that go with a status. */
const headers: Readonly<Record<number, JsonObject>> = {
  401: {
    'WWW-Authenticate': { description: 'The challenge of RFC 6750 §3.', schema: { type: 'string' } },
  },
  429: {
    'Retry-After': { description: 'Seconds to wait (RFC 9110 §10.2.3).', schema: { type: 'integer' } },
  },
};

/** Of two descriptions of one status the first counts, with the examples of both. */
function mergeResponses(first: JsonObject, second: JsonObject): JsonObject {
  const merged: Record<string, JsonValue> = { ...second, ...first };
  for (const status of Object.keys(first).filter((name) => name in second)) {
    merged[status] = mergeObjects(second[status], first[status]);
  }
  return merged;
}

/** Objects within objects joined, what is neither taken from `over`. A schema counts as a whole. */
function mergeObjects(under: JsonValue | undefined, over: JsonValue | undefined): JsonValue {
  if (!isObject(under) || !isObject(over)) return over ?? null;
  const names = Object.keys(over).filter((name) => name !== 'schema' && isObject(under[name]));
  const joined = names.map((name) => [name, mergeObjects(under[name], over[name])]);
  return { ...under, ...over, ...Object.fromEntries(joined) };
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
