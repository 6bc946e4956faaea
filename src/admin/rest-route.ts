import type { Request } from '../clients/request.ts';
import type { JsonObject, JsonValue } from '../kernel/encoding.ts';

/** A call of a route whose caller is admitted and whose body is JSON. */
export interface RestCall {
  /** Who calls, for the registry. */
  readonly caller: Request;
  /** The named parts of the path, decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** Undefined: the request has none. */
  readonly body: JsonValue | undefined;
}

/** What a route answers. */
export interface RestAnswer {
  readonly status: number;
  /** Absent: no body. */
  readonly body?: JsonValue;
  readonly headers?: Readonly<Record<string, string>>;
  /** Of a refusal: what the access log calls it. Absent: the name of the foundation's refusal, where it is one. */
  readonly code?: string;
}

/** Who may call a route. */
export interface RestAdmission {
  /** The caller's token must hold one of these scopes; the first is the one that a refusal names. */
  readonly scopes: readonly [string, ...string[]];
  /** The caller must be an administrator too. */
  readonly administrator?: true;
}

/** One route of a REST dialect: what is mounted, and what the OpenAPI document says of it. */
export interface RestRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `:name` stands for one part of the path. */
  readonly path: string;
  readonly admission: RestAdmission;
  /** @throws RegistryError or an error of the dialect */
  readonly answer: (call: RestCall) => Promise<RestAnswer>;
  /**
   * The Operation Object (OpenAPI 3.1 §4.8.10), without the parameters of the path, security and common errors. One that has
   * a `requestBody` is refused without a body; the others do without.
   */
  readonly operation: JsonObject & { readonly operationId: string };
}

/** Why the foundation itself refuses a request, before any route is asked. */
export type RestRefusal =
  | 'malformed'
  | 'unauthenticated'
  | 'insufficient_scope'
  | 'not_administrator'
  | 'not_found'
  | 'method_not_allowed'
  | 'too_large'
  | 'too_many_requests'
  | 'unavailable'
  | 'server_error';

/** A REST dialect: its routes and its words for what goes wrong. */
export interface RestDialect {
  readonly face: Request['face'];
  /** Where its routes begin; unknown paths below are refused in the dialect's shape. */
  readonly prefixes: readonly string[];
  readonly routes: readonly RestRoute[];
  /** The answer to a refusal of the foundation. */
  readonly refuse: (refusal: RestRefusal) => RestAnswer;
  /** The answer to what a route threw; undefined: it is a bug. */
  readonly answerError: (error: unknown) => RestAnswer | undefined;
}
