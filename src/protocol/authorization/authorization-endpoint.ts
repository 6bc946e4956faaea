import type { AccountStore } from '../../accounts/account.ts';
import type { CurrentCatalog } from '../../applications/live-catalog.ts';
import type { ClientStore } from '../../clients/store.ts';
import type { Clock } from '../../kernel/clock.ts';
import { isUuid } from '../../kernel/random.ts';
import type { Session } from '../../sessions/session.ts';
import { checkIdTokenHint } from '../checks/check-id-token-hint.ts';
import { OAuthError } from '../errors.ts';
import type { IdTokenHints } from '../tokens/id-token-hint.ts';
import { assignRequest } from './assign-request.ts';
import type { AuthorizationForm } from './authorization-form.ts';
import type { AuthorizationEndpoint, AuthorizationOutcome, Visitor } from './authorization-outcome.ts';
import type { AuthorizationRequest } from './authorization-request.ts';
import { respondWithError } from './authorization-response.ts';
import { type CompletionDeps, createCompletion } from './completion.ts';
import { askedBy, type ConsentStore } from './consent.ts';
import { judgePerson } from './judge-person.ts';
import { choosePerson, counts, loadPeople, type Person } from './people.ts';
import { type ProvenRequest, proveRequest } from './proven-request.ts';
import { type FurtherProofs, readReachableContexts } from './reachable-contexts.ts';
import { type CheckedRequest, createSteps } from './steps.ts';

/** What the authorization endpoint is made of. */
export interface AuthorizationEndpointDeps extends CompletionDeps, FurtherProofs {
  readonly issuer: string;
  readonly clients: Pick<ClientStore, 'load'>;
  readonly currentCatalog: CurrentCatalog;
  readonly accounts: Pick<AccountStore, 'load'>;
  readonly consentStore: Pick<ConsentStore, 'find'>;
  readonly idTokenHints: IdTokenHints;
  /** Whether people may make accounts themselves. */
  readonly signUp: boolean;
  readonly clock: Clock;
}

/** What one request needs, read at once. */
interface Loaded {
  readonly proven: ProvenRequest;
  /** Who is signed in at the browser, whether or not it counts. */
  readonly everybody: readonly Person[];
}

/** `gone`: something was deleted after it was read, which was noticed when the response was stored. */
type Answer = AuthorizationOutcome | { readonly kind: 'gone'; readonly session: Session };

/**
 * Makes the authorization endpoint:
 *
 *     load ─► prove who asks, where the answer goes ─► check, by the table of steps ─► assign ─► judge the person
 *               │ a page                                 │ the redirect URI                        │
 *               ▼                                        ▼                     ┌───────────────────┴──────────────────┐
 *             error                                    error                   ▼                                      ▼
 *                                                                     what the person has to do       consent, grant, tokens: the response
 *
 * A request of somebody who is signed in and has allowed everything reads once and writes once. Where what was read is gone when
 * something is to be stored, the same request is answered once more, without the session that it was about.
 */
export function createAuthorizationEndpoint(deps: AuthorizationEndpointDeps): AuthorizationEndpoint {
  const { issuer, clients, currentCatalog, idTokenHints, signUp, clock } = deps;
  const check = createSteps('authorization');
  const complete = createCompletion(deps);

  const load = async (form: AuthorizationForm, { sessions }: Visitor): Promise<Loaded> => {
    const clientId = form.get('client_id') ?? '';
    const isClientId = isUuid(clientId);
    const [stored, catalog, everybody] = await Promise.all([
      isClientId ? clients.load(clientId) : undefined,
      currentCatalog(),
      isClientId ? loadPeople({ ...deps, consents: deps.consentStore }, sessions, clientId) : [],
    ]);
    return { proven: proveRequest(form, stored, catalog), everybody };
  };

  const loadRequest = async (checked: CheckedRequest): Promise<AuthorizationRequest> => {
    const { form, stored } = checked;
    const token = form.get('id_token_hint');
    const hint = token === undefined ? undefined : await idTokenHints.read(token, stored.client.id);
    checkIdTokenHint(form, hint);
    return assignRequest(checked, { issuer, hintedSubject: hint?.subject ?? null });
  };

  const answerProven = async ({ proven, everybody }: Loaded, visitor: Visitor): Promise<Answer> => {
    const { progress, claim } = visitor;
    const request = await loadRequest(check(proven));
    const now = clock.now();
    const people = everybody.filter((person) => counts(person, proven.stored, now));
    const person = choosePerson(people, request, progress);
    const reachable = await readReachableContexts(deps, request, person);
    const asked = askedBy(request);
    const verdict = judgePerson({ request, asked, progress, people, person, reachable, signUp, now });
    if (verdict.kind === 'need') return { kind: 'interaction', need: verdict.need };
    if (claim !== undefined && !(await claim())) return { kind: 'superseded' };
    return complete({ request, asked, stored: proven.stored, person: verdict.person });
  };

  const answer: AuthorizationEndpoint['answer'] = async (form, visitor) => {
    const loaded = await load(form, visitor);
    const outcome = await answerProven(loaded, visitor).catch((error: unknown): AuthorizationOutcome => {
      // A client that did not authenticate is one that was deleted since: its redirect URI is nobody's.
      if (!(error instanceof OAuthError) || error.code === 'invalid_client') throw error;
      return { kind: 'response', response: respondWithError(loaded.proven.target, issuer, error) };
    });
    return outcome.kind === 'gone' ? answer(form, without(outcome.session, visitor)) : outcome;
  };

  return { answer };
}

function without(ended: Session, visitor: Visitor): Visitor {
  return { ...visitor, sessions: visitor.sessions.filter(({ id }) => id !== ended.id) };
}
