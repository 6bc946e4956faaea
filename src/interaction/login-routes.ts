import type { FastifyReply } from 'fastify';
import type { Passkeys } from '../accounts/passkeys.ts';
import type { PasswordOutcome, SignIn } from '../accounts/sign-in.ts';
import type { Wait } from '../accounts/sign-in-limits.ts';
import { secondFactorOf } from '../accounts/totp.ts';
import { authenticationContexts } from '../protocol/authorization/authentication-context.ts';
import type { Form } from '../protocol/form.ts';
import type { Cookies } from '../sessions/cookies.ts';
import type { Visit } from './flow.ts';
import {
  clientOf,
  formSecretsOf,
  isOwn,
  loginPageOf,
  type PageDeps,
  providerOfVisit,
  type Typed,
} from './login-page.ts';
import { PageError } from './page-error.ts';
import { attemptOf, queryOf, redirect303, sendPage } from './page-replies.ts';
import type { PageAnswer } from './page-routes.ts';
import type { Complaint } from './pages/models.ts';
import { pagePaths } from './pages/paths.ts';
import { showAccount } from './shown.ts';
import type { SignInListener, SignInResult } from './sign-in-listener.ts';

/** What signing in with the accounts of this server is made of. */
export interface LoginDeps extends PageDeps {
  readonly signIn: SignIn;
  readonly passkeys: Pick<Passkeys, 'authenticationOptions' | 'authenticate'>;
  readonly cookies: Pick<Cookies, 'read' | 'write'>;
  readonly signIns: SignInListener;
}

const toAccount = { kind: 'account', section: 'overview', reason: 'sign-in' } as const;
const [oneFactor, twoFactors] = authenticationContexts;
/** A key that the device keeps, and somebody whom it has recognised (RFC 8176 §2). */
const passkeyMethods = ['swk', 'user', 'mfa'];
/** How long a browser is known to have signed in before. */
const deviceSeconds = 365 * 86_400;

/** `GET /login`: the page of an interaction; without one, a sign-in that leads to the account pages. */
export function createLoginPage(deps: LoginDeps): PageAnswer {
  const { flow } = deps;
  return async (request, reply) => {
    const id = queryOf(request).get('interaction');
    if (id === undefined) return flow.begin(request, reply, toAccount);
    const visit = await flow.open(request, reply, id);
    return flow.show(visit, async (need, here) => {
      const offered = await offerPasskey(here, deps);
      return sendPage(reply, await loginPageOf(offered, need, { complaint: null }, deps));
    });
  };
}

/** `POST /login`: a password, or what a passkey has signed. */
export function createLogin(deps: LoginDeps): PageAnswer {
  const { flow } = deps;
  return async (request, reply) => {
    const { visit, form } = await flow.submit(request, reply);
    const provider = await providerOfVisit(visit, deps.identityProviders);
    // Whoever signs in elsewhere has no password here: the page of the interaction says where.
    if (!isOwn(provider)) return redirect303(reply, flow.pageOf('login', visit.interaction.id));
    const passkey = form.get('passkey');
    return passkey === undefined ? withPassword(visit, form, deps) : withPasskey(visit, passkey, deps);
  };
}

async function withPassword(visit: Visit, form: Form, deps: LoginDeps): Promise<FastifyReply> {
  const { flow, signIn, cookies, basePath } = deps;
  const { request, reply, interaction } = visit;
  const [username = '', password = ''] = [form.get('username'), form.get('password')];
  if (username === '' || password === '') return complain(visit, { username, complaint: wrong }, 400, deps);
  const knownDevice = cookies.read(request.headers.cookie, 'device') ?? null;
  const outcome = await signIn.withPassword({ username, password, attempt: attemptOf(request), knownDevice });
  notePassword(visit, outcome, deps);
  if (outcome.kind === 'refused') return complain(visit, { username, complaint: wrong }, 400, deps);
  if (outcome.kind === 'wait') {
    return complain(visit, { username, ...complaintOfWait(outcome) }, statusOf(outcome, reply), deps);
  }
  const { account, secondFactor } = outcome;
  if (!secondFactor) {
    markDevice(visit, account.id, deps);
    return flow.signIn(visit, { method: 'password', account, acr: oneFactor, amr: ['pwd'] });
  }
  const { id, revision } = account;
  await flow.wait(visit, { proven: { id, revision } });
  return redirect303(reply, `${basePath}${pagePaths['second-factor']}?interaction=${interaction.id}`);
}

/** Whoever needs no code is signed in by the flow, which notes it. */
function notePassword({ request }: Visit, outcome: PasswordOutcome, { signIns }: LoginDeps): void {
  const attempt = { requestId: request.id, method: 'password' } as const;
  if (outcome.kind === 'verified') {
    const accountId = outcome.account.id;
    if (outcome.secondFactor) signIns.tried({ ...attempt, outcome: 'code-asked', accountId });
    return;
  }
  const { accountId } = outcome;
  signIns.tried({ ...attempt, outcome: resultOf(outcome), ...(accountId !== undefined && { accountId }) });
}

const resultsOfWaits: Readonly<Record<Wait['reason'], SignInResult>> = {
  'too-many-tries': 'limited',
  busy: 'busy',
};

function resultOf(outcome: { readonly kind: 'refused' } | Wait): SignInResult {
  return outcome.kind === 'wait' ? resultsOfWaits[outcome.reason] : 'refused';
}

const wrong = 'wrong-credentials';

/** RFC 6585 §4; RFC 9110 §15.6.4. Both say when to come again. */
const statusesOfWaits: Readonly<Record<Wait['reason'], number>> = { 'too-many-tries': 429, busy: 503 };

function statusOf({ reason, retryAfterSeconds }: Wait, reply: FastifyReply): number {
  reply.header('retry-after', String(retryAfterSeconds));
  return statusesOfWaits[reason];
}

function complaintOfWait({ reason, retryAfterSeconds }: Wait) {
  return { complaint: reason, retryAfterSeconds } as const;
}

async function withPasskey(visit: Visit, response: string, deps: LoginDeps): Promise<FastifyReply> {
  const { flow, passkeys } = deps;
  const { passkey } = visit.interaction.state;
  const attempt = attemptOf(visit.request);
  attempt.claim('passkey');
  const { challenge } = passkey ?? { challenge: null };
  const account = challenge === null ? undefined : await passkeys.authenticate({ challenge, response });
  if (account !== undefined && !account.disabled) {
    markDevice(visit, account.id, deps);
    return flow.signIn(visit, { method: 'passkey', account, acr: twoFactors, amr: passkeyMethods });
  }
  attempt.fail();
  deps.signIns.tried({
    requestId: visit.request.id,
    method: 'passkey',
    outcome: 'refused',
    ...(account !== undefined && { accountId: account.id }),
  });
  // What was signed once is never asked to be signed again.
  const renewed = await flow.wait(visit, { passkey: await passkeys.authenticationOptions() });
  return complain(renewed, { complaint: 'passkey-failed' }, 400, deps);
}

/** Shows the sign-in page once more. */
export function complain(visit: Visit, typed: Typed, status: number, deps: PageDeps): Promise<FastifyReply> {
  return deps.flow.show(visit, async (need, here) =>
    sendPage(here.reply, await loginPageOf(here, need, typed, deps), status),
  );
}

/** `GET /login/second-factor`: asks for a code, behind the password. */
export function createSecondFactorPage(deps: LoginDeps): PageAnswer {
  return async (request, reply) => {
    const visit = await deps.flow.open(request, reply, queryOf(request).get('interaction'));
    return askForCode(visit, null, deps);
  };
}

/** `POST /login/second-factor`. */
export function createSecondFactor(deps: LoginDeps): PageAnswer {
  const { flow, signIn, signIns } = deps;
  return async (request, reply) => {
    const { visit, form } = await flow.submit(request, reply);
    const account = visit.interaction.state.proven;
    if (account === null) return redirect303(reply, flow.pageOf('login', visit.interaction.id));
    const code = form.get('code') ?? '';
    const method = secondFactorOf(code);
    const outcome = await signIn.withSecondFactor({ account, code, attempt: attemptOf(request) });
    if (outcome.kind === 'verified') {
      markDevice(visit, account.id, deps);
      return flow.signIn(visit, { method, account: outcome.account, acr: twoFactors, amr: outcome.amr });
    }
    const failed = { requestId: request.id, method, accountId: account.id };
    if (outcome.kind === 'changed') {
      signIns.tried({ ...failed, outcome: 'refused' });
      return askForPassword(visit, deps);
    }
    signIns.tried({ ...failed, outcome: resultOf(outcome) });
    if (outcome.kind === 'refused')
      return askForCode(visit, { complaint: complaintOf(form), status: 400 }, deps);
    return askForCode(visit, { ...complaintOfWait(outcome), status: statusOf(outcome, reply) }, deps);
  };
}

/** By the form that it was typed into: what is mistyped may look like either. */
function complaintOf(form: Form): Complaint {
  return form.get('factor') === 'recovery-code' ? 'wrong-recovery-code' : 'wrong-code';
}

/** What the password has proven holds no more. */
async function askForPassword(visit: Visit, { flow }: LoginDeps): Promise<FastifyReply> {
  await flow.wait(visit, { proven: null });
  return redirect303(visit.reply, flow.pageOf('login', visit.interaction.id));
}

async function askForCode(
  visit: Visit,
  fault: (Typed & { readonly status: number }) | null,
  { flow, accounts, logoUriOf }: LoginDeps,
): Promise<FastifyReply> {
  const { reply, interaction } = visit;
  const { proven } = interaction.state;
  if (proven === null) return redirect303(reply, flow.pageOf('login', interaction.id));
  return flow.show(visit, async (need) => {
    const account = await accounts.load(proven.id);
    if (account === undefined || account.disabled) throw new PageError('account');
    const page = {
      kind: 'second-factor',
      form: formSecretsOf(visit, need),
      client: clientOf(need, logoUriOf),
      account: showAccount(account),
      complaint: fault?.complaint ?? null,
      retryAfterSeconds: fault?.retryAfterSeconds,
    } as const;
    return sendPage(reply, page, fault?.status);
  });
}

/** The page is also reached from others, at which nobody was asked for a passkey. */
async function offerPasskey(visit: Visit, { flow, passkeys, identityProviders }: LoginDeps): Promise<Visit> {
  if (visit.interaction.state.passkey !== null) return visit;
  if (!isOwn(await providerOfVisit(visit, identityProviders))) return visit;
  const passkey = await passkeys.authenticationOptions();
  return passkey === null ? visit : flow.wait(visit, { passkey });
}

function markDevice({ request, reply }: Visit, accountId: string, { signIn, cookies }: LoginDeps): void {
  const known = cookies.read(request.headers.cookie, 'device') ?? null;
  reply.header('set-cookie', cookies.write('device', signIn.deviceMark(accountId, known), deviceSeconds));
}
