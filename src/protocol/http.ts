import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hasRepeatedAuthorization } from '../kernel/repeated-authorization.ts';
import type { Attempt, EndpointLimits } from '../kernel/request-limits.ts';
import type { AuthenticationRequest } from './client-authentication/index.ts';
import { isFresh, type PublicDocument } from './endpoints/public-document.ts';
import { OAuthError } from './errors.ts';
import { emptyForm, type Form, formLimitBytes, parseForm } from './form.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Of a request that the limits of its endpoint have admitted. */
    attempt: Attempt | null;
  }
}

/** Answers a form with a JSON object, or with nothing. */
export type FormAnswer = (request: AuthenticationRequest) => Promise<object | undefined>;

/** Nothing but `application/x-www-form-urlencoded` is read in `scope`. */
export function acceptForms(scope: FastifyInstance): void {
  scope.decorateRequest('attempt', null);
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

/**
 * Mounts an endpoint that takes a form by POST. Neither its answers nor its errors are ever kept (RFC 6749 §5.1). Requests beyond
 * `limits` are refused before their body is read.
 */
export function mountForm(
  scope: FastifyInstance,
  url: string,
  limits: EndpointLimits,
  answer: FormAnswer,
): void {
  const admit = (request: FastifyRequest, _reply: FastifyReply, done: () => void): void => {
    request.attempt = limits.admit(request.raw);
    done();
  };
  scope.post(url, { onRequest: [forbidStoring, admit] }, async (request, reply) => {
    const { attempt } = request;
    if (attempt === null) throw new Error('a request came here that was not admitted');
    const authorization = readAuthorization(request);
    const form = readForm(request);
    try {
      return reply.send(await answer({ authorization, form, attempt }));
    } catch (error) {
      if (error instanceof OAuthError && error.code === 'invalid_client') attempt.fail();
      throw error;
    }
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
  const cacheControl = cacheControls[freshness];
  const send = (request: FastifyRequest, reply: FastifyReply, current: PublicDocument): void => {
    reply.header('cache-control', cacheControl).header('etag', current.etag);
    if (isFresh(request.headers['if-none-match'], current)) reply.code(304).send();
    else reply.header('content-type', 'application/json; charset=utf-8').send(current.body);
  };
  scope.get(url, (request, reply) => {
    document().then(
      (current) => send(request, reply, current),
      (error: unknown) => reply.send(error),
    );
  });
  refuseOtherMethods(scope, url, ['GET', 'HEAD']);
}

function readAuthorization({ raw, headers }: FastifyRequest): string | undefined {
  if (hasRepeatedAuthorization(raw.rawHeaders)) {
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
