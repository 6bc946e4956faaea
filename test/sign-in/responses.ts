import type { ResponseMode } from '../../src/protocol/authorization/authorization-request.ts';
import type { ClientAnswer } from '../fixtures/person.ts';

/** What a response type brings to the client, as the specifications say it and not as the server has it. */
export interface ResponseRow {
  readonly responseType: string;
  readonly code: boolean;
  readonly idToken: boolean;
  readonly accessToken: boolean;
  /** Where the request names no mode. */
  readonly defaultMode: ResponseMode;
  /** What must never be in a query is refused there. */
  readonly refusedModes: readonly ResponseMode[];
}

const inFragment = { defaultMode: 'fragment', refusedModes: ['query'] } as const;
const inQuery = { defaultMode: 'query', refusedModes: [] } as const;

/** @see OAuth 2.0 Multiple Response Type Encoding Practices §3 to §5 */
export const responseRows: readonly ResponseRow[] = [
  { responseType: 'code', code: true, idToken: false, accessToken: false, ...inQuery },
  { responseType: 'id_token', code: false, idToken: true, accessToken: false, ...inFragment },
  { responseType: 'code id_token', code: true, idToken: true, accessToken: false, ...inFragment },
  { responseType: 'code token', code: true, idToken: false, accessToken: true, ...inFragment },
  { responseType: 'id_token token', code: false, idToken: true, accessToken: true, ...inFragment },
  { responseType: 'code id_token token', code: true, idToken: true, accessToken: true, ...inFragment },
  { responseType: 'token', code: false, idToken: false, accessToken: true, ...inFragment },
  { responseType: 'none', code: false, idToken: false, accessToken: false, ...inQuery },
];

/** Every mode, and none named. */
export const modes = ['query', 'fragment', 'form_post', null] as const;

/** A response type in a mode that it may have. */
export interface ResponseCase extends ResponseRow {
  readonly title: string;
  /** Null: the request names none. */
  readonly mode: ResponseMode | null;
  /** The way that the response must take. */
  readonly expectedMode: ResponseMode;
}

/** Every response type in every mode that it may have. */
export const responseCases: readonly ResponseCase[] = responseRows.flatMap((row) =>
  modes
    .filter((mode) => mode === null || !row.refusedModes.includes(mode))
    .map((mode) => ({
      ...row,
      mode,
      expectedMode: mode ?? row.defaultMode,
      title: `${row.responseType} ${mode === null ? 'in the mode that it has by default' : `by ${mode}`}`,
    })),
);

/** The address that a browser would have been sent to. A client that cannot read a fragment reads it from a query. */
export function addressOf(answer: ClientAnswer, place: 'query' | 'fragment'): URL {
  const url = new URL(answer.redirectUri);
  if (place === 'fragment') url.hash = answer.parameters.toString();
  else for (const [name, value] of answer.parameters) url.searchParams.append(name, value);
  return url;
}

/** The request that a browser sends to the client with a form that posts itself. */
export function formPostOf(answer: ClientAnswer): Request {
  return new Request(answer.redirectUri, { method: 'POST', body: answer.parameters });
}
