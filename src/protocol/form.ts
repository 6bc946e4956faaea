import type { Attempt } from '../kernel/request-limits.ts';
import { OAuthError } from './errors.ts';

/** The parameters of one request. A parameter with an empty value is absent (RFC 6749 §3.2). */
export interface Form {
  readonly get: (name: string) => string | undefined;
  /** The values of `resource`, the one parameter that may be repeated (RFC 8707 §2). */
  readonly resources: readonly string[];
}

/** A request to an endpoint that takes a form. */
export interface FormRequest {
  /** The `Authorization` header. */
  readonly authorization: string | undefined;
  readonly form: Form;
  readonly attempt: Attempt;
}

/** The longest body that is read. */
export const formLimitBytes = 64 * 1024;
const parameterLimit = 100;
const repeatable = 'resource';
// biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what is looked for
const controlCharacter = /[\u0000-\u001f\u007f]/;

/** The form of a request without a body. */
export const emptyForm: Form = { get: () => undefined, resources: [] };

/**
 * Parses `application/x-www-form-urlencoded` strictly, but for spaces and letters that stand there unescaped: what people type
 * after `curl -d` has one reading only.
 * @throws OAuthError `invalid_request` when it is malformed, has too many parameters, or repeats one
 */
export function parseForm(body: string): Form {
  if (controlCharacter.test(body)) throw malformed();
  const pairs = body.split('&');
  if (pairs.length > parameterLimit)
    throw new OAuthError('invalid_request', 'There are too many parameters.');
  const values = new Map<string, string>();
  const resources: string[] = [];

  for (const pair of pairs) {
    if (pair === '') continue;
    const [name, value] = decodePair(pair);
    if (name === repeatable) resources.push(value);
    else if (values.has(name)) throw repeated(name);
    else values.set(name, value);
  }
  return {
    get: (name) => values.get(name) || undefined,
    resources: resources.filter((resource) => resource !== ''),
  };
}

/**
 * The value of a parameter that must be there.
 * @throws OAuthError `invalid_request`
 */
export function requireParameter(form: Form, name: string): string {
  const value = form.get(name);
  if (value === undefined) throw new OAuthError('invalid_request', `The parameter ${name} is missing.`);
  return value;
}

/** Decodes one name or value; `undefined` when a percent sign does not begin an octet, or the octets are not UTF-8. */
export function decodeFormComponent(text: string): string | undefined {
  if (!/[%+]/.test(text)) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

function decodePair(pair: string): readonly [name: string, value: string] {
  const separator = pair.indexOf('=');
  const end = separator < 0 ? pair.length : separator;
  const name = decodeFormComponent(pair.slice(0, end));
  const value = decodeFormComponent(pair.slice(end + 1));
  if (name === undefined || value === undefined) throw malformed();
  return [name, value];
}

function repeated(name: string): OAuthError {
  return new OAuthError('invalid_request', 'A parameter is repeated.', { detail: name.slice(0, 64) });
}

function malformed(): OAuthError {
  return new OAuthError('invalid_request', 'The parameters are not valid application/x-www-form-urlencoded.');
}
