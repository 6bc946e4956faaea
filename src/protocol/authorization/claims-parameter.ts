import type { JsonObject, JsonValue } from '../../kernel/encoding.ts';
import { parseStrictJson, StrictJsonError } from '../../kernel/strict-json.ts';
import type { ClaimRequest, ClaimsRequest } from './authorization-request.ts';

/** Asks for nothing. */
export const noClaims: ClaimsRequest = { userinfo: {}, id_token: {} };

const longestText = 8192;
const deepest = 6;
const mostClaims = 100;

/**
 * Parses `claims` (OpenID Connect Core §5.5); undefined when it is malformed or asks for more than anybody means. Members that are not
 * known are left out.
 */
export function parseClaims(text: string): ClaimsRequest | undefined {
  const value = text.length > longestText ? undefined : parseJson(text);
  if (!isObject(value)) return undefined;
  const userinfo = parsePlace(value['userinfo']);
  const idToken = parsePlace(value['id_token']);
  return userinfo && idToken && { userinfo, id_token: idToken };
}

/** The values of a claim that alone will do, where the request insists on it; undefined: any does. */
export function insistedValues(request: ClaimRequest | null | undefined): readonly JsonValue[] | undefined {
  return request?.value === undefined ? request?.values : [request.value];
}

function parseJson(text: string): JsonValue | undefined {
  try {
    return parseStrictJson(text, deepest);
  } catch (error) {
    if (error instanceof StrictJsonError) return undefined;
    throw error;
  }
}

function parsePlace(value: JsonValue | undefined): ClaimsRequest['userinfo'] | undefined {
  if (value === undefined) return {};
  if (!isObject(value)) return undefined;
  const entries = Object.entries(value).map(([name, asked]) => [name, parseClaim(asked)] as const);
  const isSound = entries.length <= mostClaims && entries.every(([, asked]) => asked !== undefined);
  return isSound ? (Object.fromEntries(entries) as ClaimsRequest['userinfo']) : undefined;
}

function parseClaim(asked: JsonValue): ClaimRequest | null | undefined {
  if (asked === null) return null;
  if (!isObject(asked)) return undefined;
  const { essential, value, values } = asked;
  if (essential !== undefined && typeof essential !== 'boolean') return undefined;
  if (values !== undefined && !(Array.isArray(values) && values.length > 0)) return undefined;
  return {
    ...(essential !== undefined && { essential }),
    ...(value !== undefined && { value }),
    ...(values !== undefined && { values: values as readonly JsonValue[] }),
  };
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
