import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AccountStore } from '../accounts/account.ts';
import { usernameKey } from '../accounts/username.ts';
import { sha256 } from '../kernel/encoding.ts';
import type { Logger } from '../kernel/logger.ts';
import type { EndpointLimits } from '../kernel/request-limits.ts';
import { issuerPath, mountPoints } from '../protocol/endpoints/discovery.ts';
import { parseForm } from '../protocol/form.ts';
import type { ProtocolListener } from '../protocol/listener.ts';
import { findConcernedSessions } from '../protocol/logout/concerned-sessions.ts';
import type { EndSession, LogoutRequest } from '../protocol/logout/end-session.ts';
import type { Endings } from '../protocol/logout/endings.ts';
import type { FrontchannelLogout } from '../protocol/logout/frontchannel.ts';
import { endpointPaths } from '../protocol/vocabulary.ts';
import type { Session } from '../sessions/session.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { fitsAddress } from './address-limit.ts';
import type { Browsers } from './browser.ts';
import { PageError } from './page-error.ts';
import { createPageErrorHandler } from './page-error-handler.ts';
import { acceptFormTexts, queryTextOf, redirect303, sendPage } from './page-replies.ts';
import { type LimitedAnswer, mountPage, type PageAnswer } from './page-routes.ts';
import { pagePaths } from './pages/paths.ts';
import { type LogoUriOf, showAccount, showClient } from './shown.ts';

/** What signing out needs. */
export interface LogoutDeps {
  readonly issuer: string;
  readonly endSession: EndSession;
  readonly frontchannel: FrontchannelLogout;
  readonly endings: Pick<Endings, 'endSession'>;
  readonly sessions: Pick<Sessions, 'read' | 'readProven' | 'forget'>;
  readonly browsers: Pick<Browsers, 'bind'>;
  readonly accounts: Pick<AccountStore, 'load'>;
  readonly logoUriOf: LogoUriOf;
  /** How often each address may ask. */
  readonly limits: EndpointLimits;
  readonly logger: Logger;
  readonly listener?: Pick<ProtocolListener, 'refused'> | undefined;
}

/**
 * Mounts the end-session endpoint and the page that asks.
 *
 *     GET, POST /oauth/end-session ──┬── the client has proven whom it means, or the browser holds no session ──► ended
 *                                    └── else ──► asked ── POST /logout ──► ended
 *     GET /logout ──────────────────────────────► asked
 *
 *     ended ──┬── clients are to be told by the browser ──► signed-out page, which loads their addresses and goes on
 *             ├── there is somewhere to go ──────────────► 303
 *             └── else ──────────────────────────────────► signed-out page
 *
 * A session whose idle time or limit is over is no less to be ended: what clients have from it may be in force.
 * What was asked for goes through the form as it came, and is proven again. Needs `preparePages`.
 */
export function registerLogout(app: FastifyInstance, deps: LogoutDeps): void {
  app.register(async (scope) => {
    acceptFormTexts(scope);
    scope.setErrorHandler(createPageErrorHandler(deps));
    const { asked, posted, confirmed } = createAnswers(deps);
    const limited = (answer: PageAnswer): LimitedAnswer => ({ answer, limits: deps.limits });
    for (const mountPoint of mountPoints(deps.issuer)) {
      mountPage(scope, mountPoint + endpointPaths.endSession, { get: limited(asked), post: limited(posted) });
      mountPage(scope, mountPoint + pagePaths.logout, { get: limited(asked), post: limited(confirmed) });
    }
  });
}

function createAnswers(deps: LogoutDeps): Readonly<Record<'asked' | 'posted' | 'confirmed', PageAnswer>> {
  const { issuer, sessions, browsers } = deps;
  const steps = createSteps(deps);
  /** As browsers know it: what a request says of its own address may be what a proxy has left of it. */
  const address = issuerPath(issuer) + endpointPaths.endSession;

  const answer = async (
    request: FastifyRequest,
    reply: FastifyReply,
    parameters: string,
  ): Promise<FastifyReply> => {
    const held = await sessions.readProven(request.headers.cookie);
    const { logout, concerned, asks } = await steps.read(request, parameters, held);
    return asks
      ? steps.ask({ request, reply }, { parameters, logout, concerned })
      : steps.end({ request, reply }, { logout, concerned });
  };

  return {
    asked: (request, reply) => answer(request, reply, queryTextOf(request)),

    posted: async (request, reply) => {
      const parameters = textOf(request);
      parseForm(parameters);
      const held = await sessions.readProven(request.headers.cookie);
      if (held.length > 0) return answer(request, reply, parameters);
      // With a form that another site has sent, the browser keeps its cookies back.
      const encoded = new URLSearchParams(parameters).toString();
      if (!fitsAddress(encoded)) throw new PageError('tooLarge');
      return redirect303(reply, `${address}?${encoded}`);
    },

    confirmed: async (request, reply) => {
      const form = parseForm(textOf(request));
      const parameters = decode(form.get('interaction') ?? '');
      const held = await sessions.readProven(request.headers.cookie);
      const { logout, concerned } = await steps.read(request, parameters, held);
      const { proves } = browsers.bind(request, reply, held);
      if (held.length > 0 && !proves(subjectOf(parameters, concerned), form.get('csrf'))) {
        throw new PageError('forged');
      }
      return steps.end({ request, reply }, { logout, concerned });
    },
  };
}

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

interface Matter {
  readonly logout: LogoutRequest;
  readonly concerned: readonly Session[];
}

function createSteps({
  endSession,
  frontchannel,
  endings,
  sessions,
  browsers,
  accounts,
  logoUriOf,
}: LogoutDeps) {
  const isCalled = async (accountId: string, name: string): Promise<boolean> => {
    const account = await accounts.load(accountId);
    if (account === undefined) return false;
    return usernameKey(account.username) === usernameKey(name) || account.email === name;
  };

  /** Nobody's where somebody has been away for long: another person may sit there. */
  const shownAccountOf = async ({ headers }: FastifyRequest, concerned: readonly Session[]) => {
    const live = new Set((await sessions.read(headers.cookie)).map(({ id }) => id));
    if (concerned.some((session) => !live.has(session.id))) return null;
    const [id, ...others] = new Set(concerned.map(({ accountId }) => accountId));
    const account = id === undefined || others.length > 0 ? undefined : await accounts.load(id);
    return account === undefined ? null : showAccount(account);
  };

  return {
    async read(request: FastifyRequest, parameters: string, held: readonly Session[]) {
      const logout = await endSession.read(parseForm(parameters));
      request.uiLocales = logout.uiLocales;
      const found = await findConcernedSessions(logout, held, isCalled);
      return { logout, concerned: found.sessions, asks: found.asks };
    },

    async ask(
      { request, reply }: Exchange,
      { logout, concerned, parameters }: Matter & { readonly parameters: string },
    ): Promise<FastifyReply> {
      const { csrf } = browsers.bind(request, reply, concerned);
      return sendPage(reply, {
        kind: 'logout',
        form: {
          interaction: parameters === '' ? null : encode(parameters),
          csrf: csrf(subjectOf(parameters, concerned)),
          ...(logout.continueUri !== null && { leadsTo: logout.continueUri }),
        },
        client: logout.client && showClient(logout.client, logoUriOf),
        account: await shownAccountOf(request, concerned),
      });
    },

    async end({ request, reply }: Exchange, { logout, concerned }: Matter): Promise<FastifyReply> {
      const ids = concerned.map(({ id }) => id);
      const frameUris = [...new Set((await Promise.all(ids.map(frontchannel.urisOf))).flat())];
      await Promise.all(ids.map((id) => endings.endSession(id)));
      if (ids.length > 0) reply.header('set-cookie', sessions.forget(request.headers.cookie, ...ids));
      const { client, continueUri } = logout;
      if (frameUris.length === 0 && continueUri !== null) return redirect303(reply, continueUri);
      const shown = client && showClient(client, logoUriOf);
      return sendPage(reply, { kind: 'signed-out', client: shown, frameUris, continueUri });
    },
  };
}

/** A confirmation is good for what was asked, and for the sessions that the page was about. */
function subjectOf(parameters: string, concerned: readonly Session[]): string {
  return [pagePaths.logout, sha256(parameters), ...concerned.map(({ id }) => id)].join(' ');
}

function encode(parameters: string): string {
  return Buffer.from(parameters).toString('base64url');
}

/** @throws PageError `malformed` for what `encode` has not made */
function decode(interaction: string): string {
  const parameters = Buffer.from(interaction, 'base64url').toString();
  if (encode(parameters) !== interaction) throw new PageError('malformed');
  return parameters;
}

function textOf({ body }: FastifyRequest): string {
  return typeof body === 'string' ? body : '';
}
