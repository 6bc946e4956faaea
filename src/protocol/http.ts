import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify';
import { hasRepeatedAuthorization } from '../kernel/repeated-authorization.ts';
import type { Attempt, EndpointLimits } from '../kernel/request-limits.ts';
import { allowEveryOrigin, answerPreflights, type Origins } from './cors.ts';
import { isFresh, type PublicDocument } from './endpoints/public-document.ts';
import { OAuthError } from './errors.ts';
import { emptyForm, type Form, type FormRequest, formLimitBytes, parseForm } from './form.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Of a request that the limits of its endpoint have admitted. */
    attempt: Attempt | null;
  }
  interface FastifyContextConfig {
    /** What the callers of an endpoint prove themselves with. Default: `client`. */
    readonly callers?: Callers;
  }
}

/** Answers a form with a JSON object, with a JWT, or with nothing. */
export type FormAnswer = (request: FormRequest) => Promise<object | string | undefined>;

/** Nothing but `application/x-www-form-urlencoded` is read in `scope`. @param read default: `parseForm` */
export function acceptForms(scope: FastifyInstance, read: (text: string) => unknown = parseForm): void {
  scope.decorateRequest('attempt', null);
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: formLimitBytes },
    (_request, body, done) => {
      try {
        done(null, read(String(body)));
      } catch (error) {
        done(error instanceof Error ? error : new Error('unreadable form', { cause: error }));
      }
    },
  );
}

/**
 * What becomes of a query, which is never read: what stands in an address ends in logs (RFC 6749 §2.3.1). `refused`: there must be none.
 * `passed-over`: there must be no access token in it (RFC 9700 §4.3.2).
 */
export type QueryRule = 'refused' | 'passed-over';

/** What callers prove themselves with: as a client, or with an access token alone. */
export type Callers = 'client' | 'token';

/** An endpoint that takes a form, or by GET an empty one. */
export interface FormEndpoint {
  readonly url: string;
  readonly callers: Callers;
  readonly query: QueryRule;
  readonly methods: readonly ('GET' | 'POST')[];
  readonly limits: EndpointLimits;
  readonly origins: Origins;
  readonly answer: FormAnswer;
}

/**
 * Mounts an endpoint that takes a form. Neither its answers nor its errors are ever kept (RFC 6749 §5.1). Requests beyond its limits
 * are refused before their body is read.
 */
export function mountForm(
  scope: FastifyInstance,
  { url, callers, query, methods, limits, origins, answer }: FormEndpoint,
): void {
  const admit = (request: FastifyRequest, _reply: FastifyReply, done: () => void): void => {
    request.attempt = limits.admit(request.raw);
    done();
  };
  const onRequest = [...openings[origins], forbidStoring, admit];
  scope.route({
    method: [...methods],
    url,
    exposeHeadRoute: false,
    config: { callers },
    onRequest,
    handler: (request, reply) => answerForm(request, reply, { query, answer }),
  });
  refuseOtherMethods(scope, url, { allowed: methods, origins });
}

async function answerForm(
  request: FastifyRequest,
  reply: FastifyReply,
  { query, answer }: Pick<FormEndpoint, 'query' | 'answer'>,
): Promise<FastifyReply> {
  const { attempt } = request;
  if (attempt === null) throw new Error('a request came here that was not admitted');
  const authorization = readAuthorization(request);
  checkQuery(request, query);
  const form = (request.body as Form | undefined) ?? emptyForm;
  try {
    const body = await answer({ authorization, form, attempt });
    // RFC 7519 §10.3.1
    return typeof body === 'string' ? reply.type('application/jwt').send(body) : reply.send(body);
  } catch (error) {
    if (error instanceof OAuthError && error.code === 'invalid_client') attempt.fail();
    throw error;
  }
}

/** What lets scripts read the answers of an endpoint. */
const openings: Readonly<Record<Origins, readonly onRequestHookHandler[]>> = {
  any: [allowEveryOrigin],
  none: [],
};

/** How long a cache may answer with a document without asking whether it has changed (RFC 9111 §5.2.2). */
export type Freshness = 'for-minutes' | 'never';

const cacheControls: Readonly<Record<Freshness, string>> = {
  'for-minutes': 'public, max-age=300',
  never: 'public, no-cache',
};

/** Mounts a public document, which scripts of every origin may read too. */
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
  scope.get(url, { onRequest: allowEveryOrigin }, (request, reply) => {
    document().then(
      (current) => send(request, reply, current),
      (error: unknown) => reply.send(error),
    );
  });
  refuseOtherMethods(scope, url, { allowed: ['GET', 'HEAD'], origins: 'any' });
}

function readAuthorization({ raw, headers }: FastifyRequest): string | undefined {
  if (hasRepeatedAuthorization(raw.rawHeaders)) {
    throw new OAuthError('invalid_request', 'There is more than one Authorization header.');
  }
  return headers.authorization;
}

const queryFaults: Readonly<Record<QueryRule, (query: string) => string | undefined>> = {
  refused: () => 'Parameters belong in the body, not in the address.',
  'passed-over': (query) =>
    new URLSearchParams(query).has('access_token')
      ? 'An access token belongs in the header or the body, not in the address.'
      : undefined,
};

function checkQuery({ url }: FastifyRequest, rule: QueryRule): void {
  const start = url.indexOf('?');
  const fault = start < 0 ? undefined : queryFaults[rule](url.slice(start));
  if (fault !== undefined) throw new OAuthError('invalid_request', fault);
}

function forbidStoring(_request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  reply.header('cache-control', 'no-store').header('pragma', 'no-cache');
  done();
}

/** Answers before the body is read (RFC 9110 §15.5.6). */
function refuseOtherMethods(
  scope: FastifyInstance,
  url: string,
  { allowed, origins }: { readonly allowed: readonly string[]; readonly origins: Origins },
): void {
  const refuse = async (_request: FastifyRequest, reply: FastifyReply) =>
    reply
      .code(405)
      .header('allow', allowed.join(', '))
      .send({ error: 'invalid_request', error_description: `The method must be ${allowed.join(' or ')}.` });
  const others = scope.supportedMethods.filter((name) => !allowed.includes(name));
  const method = origins === 'none' ? others : others.filter((name) => name !== 'OPTIONS');
  scope.route({ method, url, config: { allow: allowed }, onRequest: refuse, handler: refuse });
  if (origins === 'any') answerPreflights(scope, url, allowed, refuse);
}
