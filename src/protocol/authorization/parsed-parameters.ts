import type { Form } from '../form.ts';
import type {
  ClaimsRequest,
  CodeChallenge,
  Display,
  Prompt,
  ResponseMode,
  ResponsePart,
} from './authorization-request.ts';
import { noClaims, parseClaims } from './claims-parameter.ts';
import { parseResponseMode, parseResponseType } from './response-type.ts';

/** What parameters say, each read once. `undefined`: it is not as it must be, which its check tells; `null`: it is absent. */
export interface ParsedParameters {
  /** Undefined also when it is absent. */
  readonly responseType: ReadonlySet<ResponsePart> | undefined;
  readonly responseMode: ResponseMode | null | undefined;
  readonly state: string | null | undefined;
  readonly nonce: string | null | undefined;
  readonly codeChallenge: CodeChallenge | null | undefined;
  readonly prompts: ReadonlySet<Prompt> | undefined;
  readonly maxAge: number | null | undefined;
  readonly loginHint: string | null | undefined;
  readonly acrValues: readonly string[] | undefined;
  readonly claims: ClaimsRequest | undefined;
  readonly uiLocales: readonly string[];
  readonly display: Display;
}

/** In characters: all of it goes back in a `Location`, which proxies limit. */
const longestState = 4096;
/** In characters: it is stored, and stands in the ID token. */
const longestNonce = 1024;
/** In characters. */
const longestHint = 1024;
/** In words. */
const mostWords = 50;

/** Reads all of them. */
export function parseParameters(form: Form): ParsedParameters {
  const read = <Value>(name: string, parse: (text: string) => Value): Value | null => {
    const text = form.get(name);
    return text === undefined ? null : parse(text);
  };
  return {
    responseType: parseResponseType(form.get('response_type') ?? ''),
    responseMode: read('response_mode', parseResponseMode),
    state: read('state', parseState),
    nonce: read('nonce', upTo(longestNonce)),
    codeChallenge: parseCodeChallenge(form.get('code_challenge'), form.get('code_challenge_method')),
    prompts: parsePrompts(form.get('prompt') ?? ''),
    maxAge: read('max_age', parseMaxAge),
    loginHint: read('login_hint', upTo(longestHint)),
    acrValues: parseAcrValues(form.get('acr_values') ?? ''),
    claims: read('claims', parseClaims) ?? (form.get('claims') === undefined ? noClaims : undefined),
    uiLocales: wordsOf(form.get('ui_locales') ?? '').slice(0, mostWords),
    display: parseDisplay(form),
  };
}

/** Whether a request is one of OpenID Connect: whoever does not say `openid` means plain OAuth (OpenID Connect Core §3.1.2.1). */
export function asksForOpenId(form: Form): boolean {
  return form.get('scope')?.split(' ').includes('openid') ?? false;
}

/** The displays that make a difference. */
export const displays = ['page', 'popup', 'touch'] as const satisfies Display[];

/** How pages are to look. Whoever asks for another display gets what is nearest to all of them: `page` (OpenID Connect Core §3.1.2.1). */
export function parseDisplay(form: Form): Display {
  return displays.find((display) => display === form.get('display')) ?? 'page';
}

/** The prompts that are understood. */
export const prompts = ['none', 'login', 'consent', 'select_account', 'create'] as const satisfies Prompt[];

/** `none` goes with no other; one that is not understood asks for nothing (OpenID Connect Core §3.1.2.1). */
function parsePrompts(text: string): ReadonlySet<Prompt> | undefined {
  const words = wordsOf(text);
  if (words.includes('none') && words.some((word) => word !== 'none')) return undefined;
  return new Set(prompts.filter((prompt) => words.includes(prompt)));
}

/** BASE64URL of a SHA-256 (RFC 7636 §4.2). */
const s256Challenge = /^[\w-]{43}$/;

/** A challenge that names no method would be `plain` (RFC 7636 §4.3), which is none here. */
function parseCodeChallenge(
  challenge: string | undefined,
  method: string | undefined,
): CodeChallenge | null | undefined {
  if (challenge === undefined && method === undefined) return null;
  if (challenge === undefined || method !== 'S256') return undefined;
  return s256Challenge.test(challenge) ? { challenge, method } : undefined;
}

function parseMaxAge(text: string): number | undefined {
  return /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

function parseAcrValues(text: string): readonly string[] | undefined {
  const words = wordsOf(text);
  return text.length <= longestHint && words.length <= mostWords ? words : undefined;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what is looked for
const controlCharacter = /[\u0000-\u001f\u007f]/;

/** Without control characters, of which RFC 6749 Appendix A.5 allows none: a form gives back other line ends than it has, and no NUL. */
function parseState(text: string): string | undefined {
  return text.length <= longestState && !controlCharacter.test(text) ? text : undefined;
}

function upTo(length: number): (text: string) => string | undefined {
  return (text) => (text.length <= length ? text : undefined);
}

function wordsOf(text: string): readonly string[] {
  return text.split(' ').filter((word) => word !== '');
}
