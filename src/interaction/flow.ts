import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Account } from '../accounts/account.ts';
import { builtInIdentityProvider } from '../identity-providers/identity-provider.ts';
import type { Clock, EpochSeconds } from '../kernel/clock.ts';
import { parseAuthorizationForm } from '../protocol/authorization/authorization-form.ts';
import type { AuthorizationEndpoint, Visitor } from '../protocol/authorization/authorization-outcome.ts';
import type { AuthorizationProgress } from '../protocol/authorization/authorization-request.ts';
import { locationOf } from '../protocol/authorization/authorization-response.ts';
import { providerIdOf } from '../protocol/authorization/people.ts';
import type { Form } from '../protocol/form.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Browser, Browsers } from './browser.ts';
import type { Interaction, InteractionState, Need, Next, PasskeyChallenge, Purpose } from './interaction.ts';
import type { Interactions } from './interactions.ts';
import { PageError } from './page-error.ts';
import { formOf, redirect303, sendPage } from './page-replies.ts';
import { pagePaths, sectionPaths } from './pages/paths.ts';

/** A person at a page. */
export interface Visit {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly browser: Browser;
  readonly interaction: Interaction;
}

/** How a person has just proven who they are. */
export interface Proof {
  /** As it was proven. */
  readonly account: Pick<Account, 'id' | 'revision'>;
  readonly acr: string | null;
  readonly amr: readonly string[];
  /** Default: this moment. */
  readonly authTime?: EpochSeconds;
}

/** The way of a person from a request to its answer; see `Interaction`. */
export interface Flow {
  /** Somebody has come. */
  readonly begin: (request: FastifyRequest, reply: FastifyReply, purpose: Purpose) => Promise<FastifyReply>;
  /** Somebody asks for a page. @throws PageError `expired` */
  readonly open: (request: FastifyRequest, reply: FastifyReply, id: string | undefined) => Promise<Visit>;
  /** Somebody has sent the form of a page, with the token of the interaction. @throws PageError `expired`, `forged` */
  readonly submit: (
    request: FastifyRequest,
    reply: FastifyReply,
  ) => Promise<{ readonly visit: Visit; readonly form: Form }>;
  /**
   * Shows what the person has to do now, unless there is nothing left to do. The page gets the visit as it is with that: where the
   * client has another identity provider since the row was stored, the person signs in there.
   * @throws PageError `answered`
   */
  readonly show: (
    visit: Visit,
    page: (need: Need, visit: Visit) => Promise<FastifyReply>,
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
  /** Where a need is met, for a visit. */
  readonly pageOf: (prompt: Need['prompt'], interactionId: string) => string;
}

/** What the flow is made of. */
export interface FlowDeps {
  readonly authorization: AuthorizationEndpoint;
  readonly sessions: Pick<Sessions, 'read' | 'signIn'>;
  readonly browsers: Browsers;
  readonly interactions: Interactions;
  readonly clock: Clock;
  /** See `PageSettings`. */
  readonly basePath: string;
  /** Made where a person is about to sign in here; null: not for this provider. */
  readonly passkeyChallenge: (providerId: string) => Promise<PasskeyChallenge | null>;
  /** False: who wants an account is shown how to sign in. */
  readonly signUpEnabled: boolean;
}

/** Makes the flow. */
export function createFlow(deps: FlowDeps): Flow {
  const { browsers, interactions } = deps;
  const paths = createPaths(deps);
  const answer = createAnswer(deps.authorization);
  const context = { ...deps, ...paths, answer };
  const proceed = createProceeding(context);

  const open: Flow['open'] = async (request, reply, id) => {
    const browser = await browsers.open(request, reply);
    return { request, reply, browser, interaction: await interactions.open(id, browser) };
  };

  return {
    pageOf: paths.pageOf,
    open,
    begin: createBeginning(context),
    signIn: createSigningIn(deps, proceed),
    async submit(request, reply) {
      const form = formOf(request);
      const visit = await open(request, reply, form.get('interaction'));
      if (!visit.browser.proves(visit.interaction.id, form.get('csrf'))) throw new PageError('forged');
      return { visit, form };
    },
    async show(visit, page) {
      const { request, reply, browser, interaction } = visit;
      const { purpose, progress } = interaction.state;
      const next = await answer(request, purpose, { sessions: browser.sessions, progress });
      if (next.kind === 'interaction') return page(next.need, await atProvider(visit, next.need, context));
      await interactions.take(interaction);
      return paths.leave(reply, next);
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

interface Context extends FlowDeps, Paths {
  readonly answer: Answer;
}

function createBeginning(context: Context): Flow['begin'] {
  const { sessions, browsers, interactions, clock, answer, leave, pageOf } = context;
  return async (request, reply, purpose) => {
    const live = await sessions.read(request.headers.cookie);
    const progress = beginningAt(clock.now());
    const next = await answer(request, purpose, { sessions: live, progress });
    if (next.kind !== 'interaction') return leave(reply, next);
    checkCanBeKept(purpose);
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

function createProceeding(context: Context): Proceed {
  const { interactions, answer, leave, pageOf } = context;
  return async ({ request, reply, browser, interaction }, done) => {
    const { purpose, progress: before } = interaction.state;
    const progress = longer(before, done);
    const next = await answer(request, purpose, { sessions: browser.sessions, progress });
    if (next.kind !== 'interaction') return leave(reply, next);
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

function createSigningIn({ sessions, interactions }: FlowDeps, proceed: Proceed): Flow['signIn'] {
  return async (visit, proof) => {
    await interactions.take(visit.interaction);
    const { request, reply, browser, interaction } = visit;
    const signedIn = await sessions.signIn({
      ...proof,
      identityProviderId: interaction.state.providerId,
      cookieHeader: request.headers.cookie,
      userAgent: request.headers['user-agent'],
    });
    if (signedIn === 'gone') throw new PageError('account');
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

/** What comes next, by everything that holds at this moment. */
type Answer = (request: FastifyRequest, purpose: Purpose, visitor: Visitor) => Promise<Next>;

function createAnswer(authorization: AuthorizationEndpoint): Answer {
  return async (request, purpose, visitor) => {
    if (purpose.kind === 'account') return answerOwn(purpose, visitor);
    const form = parseAuthorizationForm(purpose.parameters);
    request.uiLocales = form.get('ui_locales')?.split(' ') ?? null;
    return authorization.answer(form, visitor);
  };
}

/** Whoever is signed in gets to their account; to some parts of it, whoever has signed in for them. */
function answerOwn(
  { section, reason }: Extract<Purpose, { readonly kind: 'account' }>,
  { sessions, progress }: Visitor,
): Next {
  const [session = null] = sessions;
  const suffices = reason === 'sign-in' || progress.signedIn;
  return session !== null && suffices
    ? { kind: 'account', section }
    : { kind: 'interaction', need: { prompt: 'login', request: null, session } };
}

/** Where a person signs in who is to meet a need: what was proven at one provider is proven anew there. */
function providerOf(need: Need): string {
  if (need.request !== null) return providerIdOf(need.request.client);
  return need.session?.identityProviderId ?? builtInIdentityProvider.id;
}

const pathsOfNeeds: Readonly<Record<Need['prompt'], string>> = {
  login: pagePaths.login,
  create: pagePaths['sign-up'],
  select_account: pagePaths['account-chooser'],
  consent: pagePaths.consent,
};

interface Paths extends Pick<Flow, 'pageOf'> {
  /** Sends the browser where there is nothing left to do for the person: to the client, or to the account pages. */
  readonly leave: (
    reply: FastifyReply,
    next: Exclude<Next, { readonly kind: 'interaction' }>,
  ) => FastifyReply;
}

function createPaths({ basePath, signUpEnabled }: Pick<FlowDeps, 'basePath' | 'signUpEnabled'>): Paths {
  return {
    pageOf: (prompt, id) => {
      const path = prompt === 'create' && !signUpEnabled ? pagePaths.login : pathsOfNeeds[prompt];
      return `${basePath}${path}?interaction=${id}`;
    },
    leave: (reply, next) => {
      if (next.kind === 'account') return redirect303(reply, basePath + sectionPaths[next.section]);
      const { parameters, target } = next.response;
      return target.mode === 'form_post'
        ? sendPage(reply, { kind: 'form-post', action: target.redirectUri, parameters })
        : redirect303(reply, locationOf(next.response));
    },
  };
}
