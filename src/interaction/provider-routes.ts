import type { FastifyReply } from 'fastify';
import type { FederatedAccounts } from '../accounts/federated-accounts.ts';
import type { PendingSignIn, Upstream, UpstreamQuestion } from '../identity-providers/upstream.ts';
import { UpstreamError } from '../identity-providers/upstream-error.ts';
import type { Clock } from '../kernel/clock.ts';
import { sha256 } from '../kernel/encoding.ts';
import type { Logger } from '../kernel/logger.ts';
import { contextsAskedBy } from '../protocol/authorization/authentication-context.ts';
import { auditOfPerson } from './audit-of-person.ts';
import type { Visit } from './flow.ts';
import type { Need } from './interaction.ts';
import type { InteractionStore, StoredInteraction } from './interaction-store.ts';
import { isOwn, type PageDeps, providerCallbackPath, providerOfVisit } from './login-page.ts';
import { complain } from './login-routes.ts';
import { PageError } from './page-error.ts';
import { queryOf, queryTextOf, redirect303 } from './page-replies.ts';
import type { PageAnswer } from './page-routes.ts';
import type { SignInListener, SignInResult } from './sign-in-listener.ts';

/** What signing in elsewhere is made of. */
export interface ProviderDeps extends PageDeps {
  /** Without a trailing slash. */
  readonly issuer: string;
  readonly upstream: Upstream;
  readonly federatedAccounts: Pick<FederatedAccounts, 'accountOf'>;
  readonly store: InteractionStore;
  readonly signIns: SignInListener;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A sign-in elsewhere that is under way; found by its `state`, and used once. */
interface UpstreamState {
  readonly interactionId: string;
  readonly pending: PendingSignIn;
}

/** `GET /login/provider`: sends the browser to the provider of the interaction. */
export function createProviderStart(deps: ProviderDeps): PageAnswer {
  const { flow, upstream, issuer } = deps;
  return async (request, reply) => {
    const visit = await flow.open(request, reply, queryOf(request).get('interaction'));
    return flow.show(visit, async (need, here) => {
      const provider = await providerOfVisit(here, deps.identityProviders);
      if (isOwn(provider)) return redirect303(reply, flow.pageOf('login', visit.interaction.id));
      return orComplain(here, deps, async () => {
        const redirectUri = `${issuer}${providerCallbackPath}/${provider.id}`;
        const { url, pending } = await upstream.begin(provider, { redirectUri, ...wishOf(need) });
        await remember(here, pending, deps);
        return redirect303(reply, url);
      });
    });
  };
}

/** `GET /login/callback/:providerId`: the provider has sent the browser back. */
export function createProviderCallback(deps: ProviderDeps): PageAnswer {
  const { flow, upstream, federatedAccounts, issuer } = deps;
  return async (request, reply) => {
    const { providerId } = request.params as { readonly providerId: string };
    const known = await recall(queryOf(request).get('state'), deps);
    const visit = await flow.open(request, reply, known.state.interactionId);
    const provider = await providerOfVisit(visit, deps.identityProviders);
    const isHere = known.state.pending.providerId === providerId && provider.id === providerId;
    if (!isHere || known.browserHash !== visit.browser.secretHash) throw new PageError('expired');
    if ((await deps.store.take(known)) === 'conflict') throw new PageError('answered');
    return orComplain(visit, deps, async () => {
      const callback = new URL(`${issuer}${providerCallbackPath}/${provider.id}?${queryTextOf(request)}`);
      const person = await upstream.finish(provider, known.state.pending, callback);
      const audit = auditOfPerson(request, deps.clock);
      const account = await federatedAccounts.accountOf(provider.id, person, audit);
      if (account === undefined) {
        noteFailure(visit, 'refused', deps);
        return complain(visit, { complaint: 'not-linked' }, 403, deps);
      }
      const { issuer: providerIssuer, acr, amr, authTime } = person;
      return flow.signIn(visit, { method: 'provider', account, providerIssuer, acr, amr, authTime });
    });
  };
}

/** What the client wants of a sign-in holds at the other provider too. */
function wishOf(need: Need): Omit<UpstreamQuestion, 'redirectUri'> {
  const { request } = need;
  return {
    loginHint: request?.loginHint ?? null,
    prompt: promptOf(need),
    maxAge: request?.maxAge ?? null,
    acrValues: request === null ? [] : contextsAskedBy(request),
    uiLocales: request?.uiLocales ?? [],
  };
}

/** Whoever is to prove it once more, does so there; whoever wants to be somebody else here, may have to be it there. */
function promptOf(need: Need): 'login' | 'select_account' | null {
  if (need.prompt === 'select_account' || need.prompt === 'consent') return 'select_account';
  const isAgain = need.session !== null || need.request?.prompts.has('login') === true;
  return isAgain ? 'login' : null;
}

async function remember(
  { browser, interaction }: Visit,
  pending: PendingSignIn,
  { store }: ProviderDeps,
): Promise<void> {
  const state: UpstreamState = { interactionId: interaction.id, pending };
  await store.insert({
    id: idOf(pending.state),
    kind: 'upstream',
    browserHash: browser.secretHash,
    revision: 1,
    state,
    expiresAt: interaction.expiresAt,
  });
}

/** @throws PageError `expired` */
async function recall(
  name: string | undefined,
  { store, clock }: ProviderDeps,
): Promise<StoredInteraction & { readonly state: UpstreamState }> {
  const stored = name === undefined ? undefined : await store.load(idOf(name));
  if (stored?.kind !== 'upstream' || stored.expiresAt <= clock.now()) throw new PageError('expired');
  return { ...stored, state: stored.state as UpstreamState };
}

function idOf(name: string): string {
  return sha256(`upstream ${name}`);
}

/** The page to sign in at says when the provider did not do its part. */
async function orComplain(
  visit: Visit,
  deps: ProviderDeps,
  work: () => Promise<FastifyReply>,
): Promise<FastifyReply> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    noteFailure(visit, 'failed', deps);
    deps.logger.warn({ requestId: visit.request.id, error }, 'a sign-in at another provider failed');
    return complain(visit, { complaint: 'provider-failed' }, 400, deps);
  }
}

/** Of whom it was, only the other provider could say. */
function noteFailure({ request }: Visit, outcome: SignInResult, { signIns }: ProviderDeps): void {
  signIns.tried({ requestId: request.id, method: 'provider', outcome });
}
