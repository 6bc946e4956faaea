import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AuthenticationRequest } from './client-authentication/index.ts';
import { isFresh, type PublicDocument } from './endpoints/public-document.ts';
import { OAuthError } from './errors.ts';
import { emptyForm, type Form, formLimitBytes, parseForm } from './form.ts';

/** Answers a form with a JSON object, or with nothing. */
export type FormAnswer = (request: AuthenticationRequest) => Promise<object | undefined>;

/** Nothing but `application/x-www-form-urlencoded` is read in `scope`. */
export function acceptForms(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: formLimitBytes },
    (_request, body, done) => {
      try {
        done(null, parseForm(String(body)));
      } catch (error) {
        done(error instanceof Error ? error : new Error('unreadable form', { cause: error }));
      }
    },
  );
}

/** Mounts an endpoint that takes a form by POST. Neither its answers nor its errors are ever kept (RFC 6749 §5.1). */
export function mountForm(scope: FastifyInstance, url: string, answer: FormAnswer): void {
  scope.post(url, { onRequest: forbidStoring }, async (request, reply) => {
    const body = await answer({ authorization: readAuthorization(request), form: readForm(request) });
    return reply.send(body);
  });
  refuseOtherMethods(scope, url, ['POST']);
}

/** How long a cache may answer with a document without asking whether it has changed (RFC 9111 §5.2.2). */
export type Freshness = 'for-minutes' | 'never';

const cacheControls: Readonly<Record<Freshness, string>> = {
  'for-minutes': 'public, max-age=300',
  never: 'public, no-cache',
};

/** Mounts a public document. */
export function mountDocument(
  scope: FastifyInstance,
  url: string,
  freshness: Freshness,
  document: () => Promise<PublicDocument>,
): void {
  scope.get(url, async (request, reply) => {
    const current = await document();
    reply.header('cache-control', cacheControls[freshness]).header('etag', current.etag);
    return isFresh(request.headers['if-none-match'], current)
      ? reply.code(304).send()
      : reply.type('application/json').send(current.body);
  });
  refuseOtherMethods(scope, url, ['GET', 'HEAD']);
}

/** Of two headers, another reader on the way may have looked at the other one. */
function readAuthorization({ raw, headers }: FastifyRequest): string | undefined {
  const isHeader = (text: string, index: number): boolean =>
    index % 2 === 0 && text.toLowerCase() === 'authorization';
  if (raw.rawHeaders.filter(isHeader).length > 1) {
    throw new OAuthError('invalid_request', 'There is more than one Authorization header.');
  }
  return headers.authorization;
}

function readForm(request: FastifyRequest): Form {
  // What stands in an address ends in logs (RFC 6749 §2.3.1).
  if (request.url.includes('?')) {
    throw new OAuthError('invalid_request', 'Parameters belong in the body, not in the address.');
  }
  return (request.body as Form | undefined) ?? emptyForm;
}

function forbidStoring(_request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  reply.header('cache-control', 'no-store').header('pragma', 'no-cache');
  done();
}

/** Answers before the body is read (RFC 9110 §15.5.6). */
function refuseOtherMethods(scope: FastifyInstance, url: string, allowed: readonly string[]): void {
  const refuse = async (_request: FastifyRequest, reply: FastifyReply) =>
    reply
      .code(405)
      .header('allow', allowed.join(', '))
      .send({ error: 'invalid_request', error_description: `The method must be ${allowed.join(' or ')}.` });
  const method = scope.supportedMethods.filter((name) => !allowed.includes(name));
  scope.route({ method, url, config: { allow: allowed }, onRequest: refuse, handler: refuse });
}
