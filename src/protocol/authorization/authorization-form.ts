import { OAuthError } from '../errors.ts';
import { decodeFormComponent, type Form, parseForm } from '../form.ts';
import { UnprovenRequestError, type UnprovenTitle } from './unproven-request.ts';

/** The parameters of a request at the authorization endpoint. */
export interface AuthorizationForm extends Form {
  /** Why some of what was sent is not in it; told at the redirect URI, which does not depend on those. Absent: all of it is. */
  readonly fault?: OAuthError;
}

/** Parameters without which nothing is proven. */
const proving: ReadonlyMap<string, UnprovenTitle> = new Map([
  ['client_id', 'Invalid client_id'],
  ['redirect_uri', 'Invalid redirect_uri'],
]);

/** The one parameter that may be repeated (RFC 8707 §2). */
const repeatable = 'resource';

/**
 * Parses the query or the body of a request. A fault in any parameter but the client and the redirect URI is left to be told to the client.
 * @throws UnprovenRequestError when it is in one of these
 * @throws OAuthError `invalid_request` when the text has no reading at all
 */
export function parseAuthorizationForm(text: string): AuthorizationForm {
  try {
    return parseForm(text);
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    return { ...parseForm(soundPart(text)), fault: error };
  }
}

/** The parameters that stand there once, and whose value can be decoded. */
function soundPart(text: string): string {
  const pairs = text.split('&').map((pair) => ({ pair, name: nameOf(pair) }));
  const counts = new Map<string | undefined, number>();
  for (const { name } of pairs) counts.set(name, (counts.get(name) ?? 0) + 1);
  const isSound = ({ pair, name }: (typeof pairs)[number]): boolean =>
    name !== undefined &&
    (counts.get(name) === 1 || name === repeatable) &&
    decodeFormComponent(pair) !== undefined;

  const unproven = pairs.find((entry) => proving.has(entry.name ?? '') && !isSound(entry));
  const title = proving.get(unproven?.name ?? '');
  if (title !== undefined) {
    throw new UnprovenRequestError(title, 'The parameter is repeated, or not encoded as it must be.');
  }
  return pairs
    .filter(isSound)
    .map(({ pair }) => pair)
    .join('&');
}

function nameOf(pair: string): string | undefined {
  return decodeFormComponent(pair.split('=', 1)[0] ?? '');
}
