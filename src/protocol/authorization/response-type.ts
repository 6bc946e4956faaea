import type { GrantType } from '../../clients/client.ts';
import type { ResponseMode, ResponsePart } from './authorization-request.ts';

/** Response types (OAuth 2.0 Multiple Response Type Encoding Practices §3 to §5), as they are registered. */
export const responseTypes = [
  'code',
  'id_token',
  'code id_token',
  'code token',
  'id_token token',
  'code id_token token',
  'token',
  'none',
] as const;

/** The ways in which a response gets to the client, the default of a `code` first. */
export const responseModes = ['query', 'fragment', 'form_post'] as const satisfies readonly ResponseMode[];

/** What a client must be allowed, to be given each part of a response. */
export const grantTypeOf: Readonly<Record<ResponsePart, GrantType>> = {
  code: 'authorization_code',
  id_token: 'implicit',
  token: 'implicit',
};

const partsOf: ReadonlyMap<string, ReadonlySet<ResponsePart>> = new Map(
  responseTypes.map((name) => [inOrder(name), new Set(name.split(' ').filter(isPart))]),
);

/** The parts that a `response_type` names, whatever the order of its words; undefined: there is no such type. */
export function parseResponseType(text: string): ReadonlySet<ResponsePart> | undefined {
  return partsOf.get(inOrder(text));
}

/** Whether a `response_type` names something that must not stand in a query, be it a type that exists or not. */
export function isForFragment(text: string): boolean {
  return text.split(' ').some((word) => word === 'token' || word === 'id_token');
}

/** The way that a response takes where the request names none (OAuth 2.0 Multiple Response Types §2.1, §5). */
export function defaultMode(responseType: string): ResponseMode {
  return isForFragment(responseType) ? 'fragment' : 'query';
}

/** The mode that a `response_mode` names; undefined: there is none of that name. */
export function parseResponseMode(text: string): ResponseMode | undefined {
  return responseModes.find((mode) => mode === text);
}

function inOrder(words: string): string {
  return words.split(' ').sort().join(' ');
}

function isPart(word: string): word is ResponsePart {
  return Object.hasOwn(grantTypeOf, word);
}
