import { createHmac } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { equalInConstantTime, sha256, toBase64url } from '../kernel/encoding.ts';
import { randomOctets } from '../kernel/random.ts';
import type { Cookies } from '../sessions/cookies.ts';
import type { Session } from '../sessions/session.ts';
import type { Sessions } from '../sessions/sessions.ts';

/** The browser that a request comes from, known by a secret in a cookie. */
export interface Browser {
  /** The live ones, the last used first. */
  readonly sessions: readonly Session[];
  /** What interactions are bound to. */
  readonly secretHash: string;
  /**
   * The token that a form carries. Only this browser's secret makes it, and it proves one subject alone.
   * @param subject an interaction's id, or the path of a page and the id of a session
   */
  readonly csrf: (subject: string) => string;
  /** Whether `token` is the token of `subject`. */
  readonly proves: (subject: string, token: string | undefined) => boolean;
}

/** Knows browsers. */
export interface Browsers {
  /** The browser of a request, with its sessions. One that has no secret gets one. */
  readonly open: (request: FastifyRequest, reply: FastifyReply) => Promise<Browser>;
  /** The same for sessions that were read before. */
  readonly bind: (request: FastifyRequest, reply: FastifyReply, sessions: readonly Session[]) => Browser;
}

const secretPattern = /^[\w-]{43}$/;

/** Makes it. The secret lives until the browser is closed. */
export function createBrowsers(deps: {
  readonly sessions: Pick<Sessions, 'read'>;
  readonly cookies: Pick<Cookies, 'read' | 'write'>;
}): Browsers {
  const { sessions, cookies } = deps;

  const secretOf = ({ headers }: FastifyRequest, reply: FastifyReply): string => {
    const held = cookies.read(headers.cookie, 'browser');
    if (held !== undefined && secretPattern.test(held)) return held;
    const secret = toBase64url(randomOctets(32));
    reply.header('set-cookie', cookies.write('browser', secret, null));
    return secret;
  };

  const bind: Browsers['bind'] = (request, reply, live) => {
    const secret = secretOf(request, reply);
    const csrf = (subject: string): string =>
      createHmac('sha256', secret).update(`csrf ${subject}`).digest('base64url');
    return {
      sessions: live,
      secretHash: sha256(secret),
      csrf,
      proves: (subject, token) =>
        token !== undefined && equalInConstantTime(Buffer.from(csrf(subject)), Buffer.from(token)),
    };
  };

  return {
    bind,
    open: async (request, reply) => bind(request, reply, await sessions.read(request.headers.cookie)),
  };
}
