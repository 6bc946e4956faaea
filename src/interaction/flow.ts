import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Account } from '../accounts/account.ts';
import { builtInIdentityProvider } from '../identity-providers/identity-provider.ts';
import type { Clock, EpochSeconds } from '../kernel/clock.ts';
import type { EndpointLimits } from '../kernel/request-limits.ts';
import type { AuthorizationEndpoint } from '../protocol/authorization/authorization-outcome.ts';
import type { AuthorizationProgress } from '../protocol/authorization/authorization-request.ts';
import { providerIdOf } from '../protocol/client-provider.ts';
import type { Form } from '../protocol/form.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Browser, Browsers } from './browser.ts';
import type { Interaction, InteractionState, Need, Next, PasskeyChallenge, Purpose } from './interaction.ts';
import type { Interactions } from './interactions.ts';
import { type Answer, createAnswer } from './next-step.ts';
import { PageError } from './page-error.ts';
import { formOf, redirect303 } from './page-replies.ts';
import type { SignInListener, SignInMethod } from './sign-in-listener.ts';
import { createWays, type Ways, type WaysDeps } from './ways.ts';

/** A person at a page. */
export interface Visit {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly browser: Browser;
  readonly interaction: Interaction;
}

/** How a person has just proven who they are. */
export interface Proof {
  readonly method: SignInMethod;
  /** As it was proven. */
  readonly account: Pick<Account, 'id' | 'revision'>;
  /** Of the provider that says so. Default: null, this server. */
  readonly providerIssuer?: string | null;
  readonly acr: string | null;
  readonly amr: readonly string[];
  /** Default: this moment. */
  readonly authTime?: EpochSeconds;
}

/** The way of a person from a request to its answer; see `Interaction`. */
export interface Flow extends Pick<Ways, 'pageOf'> {
  /** Somebody has come. @throws TooManyRequestsError when something would have to be kept, and too much of their address is */
  readonly begin: (request: FastifyRequest, reply: FastifyReply, purpose: Purpose) => Promise<FastifyReply>;
  /** Somebody asks for a page. @throws PageError `expired` */
  readonly open: (request: FastifyRequest, reply: FastifyReply, id: string | undefined) => Promise<Visit>;
  /** Somebody has sent the form of a page, with the token of the interaction. @throws PageError `expired`, `forged` */
  readonly submit: (
    request: FastifyRequest,
    reply: FastifyReply,
  ) => Promise<{ readonly visit: Visit; readonly form: Form }>;
  /**
   * Shows what the person has to do now, unless there is nothing left to do: then the interaction is taken before anything is stored for
   * the answer, so that there is one alone. The page gets the visit as it is with that: where the client has another identity provider
   * since the row was stored, the person signs in there.
   * @param done what the person has just done, where it leaves nothing to do; default: nothing
   * @throws PageError `answered`
   */
  readonly show: (
    visit: Visit,
    page: (need: Need, visit: Visit) => Promise<FastifyReply>,
    done?: Partial<AuthorizationProgress>,
  ) => Promise<FastifyReply>;
  /**
   * Goes on after a step: the request is answered again, with what the person has done.
   * @param keep what else is to be written down of it, by whoever may go on alone; default: nothing
   * @throws PageError `answered`
   */
  readonly goOn: (
    visit: Visit,
    done: Partial<AuthorizationProgress>,
    keep?: () => Promise<unknown>,
  ) => Promise<FastifyReply>;
  /** The person has proven who they are. @throws PageError `answered` */
  readonly signIn: (visit: Visit, proof: Proof) => Promise<FastifyReply>;
  /** Goes on waiting, at another page. @throws PageError `answered` */
  readonly wait: (visit: Visit, changes: Partial<InteractionState>) => Promise<Visit>;
}

/** What the flow is made of. */
export interface FlowDeps extends WaysDeps {
  readonly authorization: AuthorizationEndpoint;
  readonly sessions: Pick<Sessions, 'read' | 'signIn'>;
  readonly browsers: Browsers;
  readonly interactions: Interactions;
  /** How many interactions each address may begin. */
  readonly beginnings: EndpointLimits;
  readonly signIns: SignInListener;
  readonly clock: Clock;
  /** Made where a person is about to sign in here; null: not for this provider. */
  readonly passkeyChallenge: (providerId: string) => Promise<PasskeyChallenge | null>;
}

/** Makes the flow. */
export function createFlow(deps: FlowDeps): Flow {
  const { browsers, interactions } = deps;
  const ways = createWays(deps);
  const answer = createAnswer(deps.authorization);
  const context = { ...deps, ...ways, answer };
  const advance = createAdvance(context);
  const proceed = createProceeding(context, advance);

  const open: Flow['open'] = async (request, reply, id) => {
    const browser = await browsers.open(request, reply);
    return { request, reply, browser, interaction: await interactions.open(id, browser) };
  };

  return {
    pageOf: ways.pageOf,
    open,
    begin: createBeginning(context),
    signIn: createSigningIn(deps, proceed),
    async submit(request, reply) {
      const form = formOf(request);
      const visit = await open(request, reply, form.get('interaction'));
      if (!visit.browser.proves(visit.interaction.id, form.get('csrf'))) throw new PageError('forged');
      return { visit, form };
    },
    async show(visit, page, done = {}) {
      const { request, browser, interaction } = visit;
      const { purpose, progress: before } = interaction.state;
      const progress = longer(before, done);
      const claim = interactions.claimOn(interaction);
      const next = await answer(request, purpose, {
        sessions: browser.sessions,
        progress,
        claim: claim.make,
      });
      if (next.kind === 'interaction' && !claim.isMade()) {
        return page(next.need, await atProvider(visit, next.need, context));
      }
      if (!(await claim.make())) throw new PageError('answered');
      return advance(visit, progress, next);
    },
    async goOn(visit, done, keep) {
      await interactions.take(visit.interaction);
      await keep?.();
      return proceed(visit, done);
    },
    async wait(visit, changes) {
      const { interaction } = visit;
      const state = { ...interaction.state, ...changes };
      return { ...visit, interaction: await interactions.advance(interaction, state) };
    },
  };
}

interface Context extends FlowDeps, Ways {
  readonly answer: Answer;
}

function createBeginning(context: Context): Flow['begin'] {
  const { sessions, browsers, interactions, beginnings, clock, answer, leave, pageOf } = context;
  return async (request, reply, purpose) => {
    const live = await sessions.read(request.headers.cookie);
    const progress = beginningAt(clock.now());
    const next = await answer(request, purpose, { sessions: live, progress });
    if (next.kind !== 'interaction') return leave(reply, next);
    checkCanBeKept(purpose);
    beginnings.admit(request.raw);
    const browser = browsers.bind(request, reply, live);
    const state = await stateFor(next.need, { purpose, progress }, context);
    const { id } = await interactions.begin(browser, state);
    return redirect303(reply, pageOf(next.need.prompt, id));
  };
}

/** In characters: as much as fits into an address. Whoever sends it is anybody, and it is kept while a person is awaited. */
const longestKept = 16_384;

/** @throws PageError `tooLarge` */
function checkCanBeKept(purpose: Purpose): void {
  if (purpose.kind === 'request' && purpose.parameters.length > longestKept) throw new PageError('tooLarge');
}

/** Answers again, behind `take`: nobody else goes on with the interaction. */
type Proceed = (visit: Visit, done: Partial<AuthorizationProgress>) => Promise<FastifyReply>;

function createProceeding({ answer }: Context, advance: Advance): Proceed {
  return async (visit, done) => {
    const { request, browser, interaction } = visit;
    const { purpose, progress: before } = interaction.state;
    const progress = longer(before, done);
    return advance(visit, progress, await answer(request, purpose, { sessions: browser.sessions, progress }));
  };
}

/** Goes where `next` leads, behind `take`; where the person has to do more, the interaction waits again. */
type Advance = (visit: Visit, progress: AuthorizationProgress, next: Next) => Promise<FastifyReply>;

function createAdvance(context: Context): Advance {
  const { interactions, leave, pageOf } = context;
  return async ({ reply, interaction }, progress, next) => {
    if (next.kind !== 'interaction') return leave(reply, next);
    const { purpose } = interaction.state;
    await interactions.resume(interaction, await stateFor(next.need, { purpose, progress }, context));
    return redirect303(reply, pageOf(next.need.prompt, interaction.id));
  };
}

/** The progress with what was done; what one person has done counts for no other. */
function longer(before: AuthorizationProgress, done: Partial<AuthorizationProgress>): AuthorizationProgress {
  const { sessionId = before.sessionId } = done;
  const own = sessionId === before.sessionId ? before : { ...before, signedIn: false, consented: false };
  return { ...own, ...done };
}

/**
 * A session is of the person with this server, and of no client: whoever has proven who they are is signed in, also when the client that
 * they came for was disabled or deleted meanwhile, which the page that follows says. So nothing is judged again before it is made: whatever
 * is found then can be otherwise a moment later.
 */
function createSigningIn({ sessions, interactions, signIns }: FlowDeps, proceed: Proceed): Flow['signIn'] {
  return async (visit, { method, ...proof }) => {
    await interactions.take(visit.interaction);
    const { request, reply, browser, interaction } = visit;
    const signedIn = await sessions.signIn({
      ...proof,
      identityProviderId: interaction.state.providerId,
      cookieHeader: request.headers.cookie,
      userAgent: request.headers['user-agent'],
    });
    const isGone = signedIn === 'gone';
    signIns.tried({
      requestId: request.id,
      method,
      outcome: isGone ? 'refused' : 'ok',
      accountId: proof.account.id,
    });
    if (isGone) throw new PageError('account');
    const { session, setCookie } = signedIn;
    reply.header('set-cookie', setCookie);
    const live = [session, ...browser.sessions.filter(({ id }) => id !== session.id)];
    const here = { ...visit, browser: { ...browser, sessions: live } };
    return proceed(here, { sessionId: session.id, signedIn: true });
  };
}

type KeptState = Pick<InteractionState, 'purpose' | 'progress'>;

/** What is stored while a need waits for the person. */
async function stateFor(
  need: Need,
  { purpose, progress }: KeptState,
  { passkeyChallenge }: Pick<FlowDeps, 'passkeyChallenge'>,
): Promise<InteractionState> {
  const providerId = providerOf(need);
  const passkey = need.prompt === 'login' ? await passkeyChallenge(providerId) : null;
  return { purpose, progress, providerId, proven: null, passkey };
}

/** The visit, at the provider of `need`. */
async function atProvider(visit: Visit, need: Need, context: Context): Promise<Visit> {
  const { state, ...interaction } = visit.interaction;
  if (providerOf(need) === state.providerId) return visit;
  const moved = await stateFor(need, state, context);
  return { ...visit, interaction: await context.interactions.advance({ ...interaction, state }, moved) };
}

function beginningAt(begunAt: EpochSeconds): AuthorizationProgress {
  return { begunAt, sessionId: null, signedIn: false, consented: false, denied: false };
}

/** Where a person signs in who is to meet a need: what was proven at one provider is proven anew there. */
function providerOf(need: Need): string {
  if (need.request !== null) return providerIdOf(need.request.client);
  return need.session?.identityProviderId ?? builtInIdentityProvider.id;
}
