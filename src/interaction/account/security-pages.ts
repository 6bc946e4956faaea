import type { FastifyReply } from 'fastify';
import type { Passkeys } from '../../accounts/passkeys.ts';
import type { PasswordChange } from '../../accounts/password-change.ts';
import type { Totp } from '../../accounts/totp.ts';
import type { IdentityProviders } from '../../identity-providers/identity-providers.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Endings } from '../../protocol/logout/endings.ts';
import { sendPage } from '../page-replies.ts';
import type { Complaint, SecurityPage } from '../pages/models.ts';
import { pagePaths } from '../pages/paths.ts';
import { showAccount } from '../shown.ts';
import { type AccountVisit, doneIn, formSecretsOf, provenForm, redirectDone } from './account-visit.ts';
import { sealChallenge } from './passkey-offer.ts';
import type { AskForProof } from './ports.ts';
import { isRecent } from './recent-proof.ts';
import { type SecurityOutcome, securityChanges } from './security-changes.ts';

/** What the page about security is made of. */
export interface SecurityDeps {
  readonly clock: Clock;
  readonly identityProviders: Pick<IdentityProviders, 'current'>;
  readonly passwordChange: PasswordChange;
  readonly passkeys: Pick<Passkeys, 'registrationOptions' | 'register' | 'list' | 'rename' | 'remove'>;
  readonly totp: Pick<Totp, 'stateOf' | 'begin' | 'confirm' | 'end' | 'renewRecoveryCodes'>;
  readonly endings: Pick<Endings, 'endElsewhere'>;
  readonly askForProof: AskForProof;
}

type Done = NonNullable<SecurityPage['done']>;
const allDone: readonly Done[] = [
  'password-changed',
  'passkey-added',
  'passkey-renamed',
  'passkey-removed',
  'totp-on',
  'totp-off',
  'recovery-codes-renewed',
];

/** Shows how the person proves who they are. */
export function createSecurityPage(deps: SecurityDeps) {
  return async (visit: AccountVisit): Promise<FastifyReply> =>
    sendPage(visit.reply, { ...(await pageOf(visit, deps)), done: doneIn(visit, allDone) });
}

/** Changes it, when the person has proven who they are a short while ago; else asks for that first. */
export function createSecurityChange(deps: SecurityDeps) {
  return async (visit: AccountVisit): Promise<FastifyReply> => {
    const form = provenForm(visit);
    const { request, reply, session } = visit;
    if (!isRecent(session, deps.clock.now())) {
      return deps.askForProof(request, reply, { reason: 'confirm', section: 'security' });
    }
    const change = securityChanges.get(form.get('change') ?? '');
    if (change === undefined || (await providerNameOf(visit, deps)) !== null) {
      return redirectDone(visit, null);
    }
    return answer(visit, await change(visit, form, deps), deps);
  };
}

/** Sends the person to prove who they are, from the link on the page. */
export function createConfirmation({ askForProof }: SecurityDeps) {
  return ({ request, reply }: AccountVisit): Promise<FastifyReply> =>
    askForProof(request, reply, { reason: 'confirm', section: 'security' });
}

/** Recovery codes and complaints stand in the answer itself: the codes are in no address, and are gone when the page is. */
async function answer(
  visit: AccountVisit,
  outcome: SecurityOutcome,
  deps: SecurityDeps,
): Promise<FastifyReply> {
  if (outcome.kind === 'done') return redirectDone(visit, outcome.done);
  const page = await pageOf(visit, deps);
  if (outcome.kind === 'codes') {
    return sendPage(visit.reply, { ...page, recoveryCodes: outcome.codes, done: outcome.done });
  }
  const { complaint, retryAfterSeconds } = outcome;
  if (retryAfterSeconds !== undefined) visit.reply.header('retry-after', String(retryAfterSeconds));
  return sendPage(visit.reply, { ...page, complaint: outcome }, statusOf(complaint));
}

/** RFC 6585 §4, RFC 9110 §15.6.4. */
const statuses: Partial<Readonly<Record<Complaint, number>>> = { 'too-many-tries': 429, busy: 503 };

function statusOf(complaint: Complaint): number {
  return statuses[complaint] ?? 400;
}

async function pageOf(visit: AccountVisit, deps: SecurityDeps): Promise<SecurityPage> {
  const { account, session, request } = visit;
  const now = deps.clock.now();
  const [providerName, passkeys, totp] = await Promise.all([
    providerNameOf(visit, deps),
    deps.passkeys.list(account.id),
    deps.totp.stateOf(account.id),
  ]);
  const mayChange = providerName === null && isRecent(session, now);
  const { basePath } = request.server.pageSettings;
  return {
    kind: 'security',
    form: formSecretsOf(visit),
    account: showAccount(account),
    providerName,
    proofPath: mayChange ? null : basePath + pagePaths.confirmation,
    hasPassword: account.passwordHash !== null,
    passkeys,
    newPasskey: mayChange ? await offerPasskey(visit, deps) : null,
    totp,
    recoveryCodes: null,
    complaint: null,
    done: null,
  };
}

async function offerPasskey(
  visit: AccountVisit,
  { passkeys, clock }: SecurityDeps,
): Promise<NonNullable<SecurityPage['newPasskey']>> {
  const question = await passkeys.registrationOptions(visit.account);
  if (typeof question === 'string') return question;
  const { challenge, options } = question;
  return { options, challenge: sealChallenge(visit, challenge, clock.now()) };
}

/** Where the person signs in instead of here; null: here. */
async function providerNameOf(
  { session }: AccountVisit,
  { identityProviders }: Pick<SecurityDeps, 'identityProviders'>,
): Promise<string | null> {
  const provider = (await identityProviders.current()).find(session.identityProviderId);
  return provider?.type === 'internal' ? null : (provider?.name ?? session.identityProviderId);
}
