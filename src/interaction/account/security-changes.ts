import type { Form } from '../../protocol/form.ts';
import type { Complaint, SecurityChange, SecurityPage } from '../pages/models.ts';
import type { AccountVisit } from './account-visit.ts';
import { openChallenge } from './passkey-offer.ts';
import type { SecurityDeps } from './security-pages.ts';

type Done = NonNullable<SecurityPage['done']>;

/** What came of a change. `codes`: they are shown, once. */
export type SecurityOutcome =
  | { readonly kind: 'done'; readonly done: Done | null }
  | { readonly kind: 'codes'; readonly codes: readonly string[]; readonly done: Done }
  | ({ readonly kind: 'complaint' } & NonNullable<SecurityPage['complaint']>);

type Change = (visit: AccountVisit, form: Form, deps: SecurityDeps) => Promise<SecurityOutcome>;

const changes: Readonly<Record<SecurityChange, Change>> = {
  password: changePassword,
  'passkey-add': addPasskey,
  'passkey-rename': async ({ account }, form, { passkeys }) => {
    const outcome = await passkeys.rename(account.id, form.get('passkey') ?? '', form.get('name') ?? '');
    return done(outcome === 'renamed' ? 'passkey-renamed' : null);
  },
  'passkey-remove': removePasskey,
  'totp-begin': async ({ account }, _form, { totp }) => {
    await totp.begin(account);
    return done(null);
  },
  'totp-confirm': async ({ account, audit }, form, { totp }) => {
    const codes = await totp.confirm(account.id, form.get('code') ?? '', audit);
    if (codes === undefined) return complaint('totp-confirm', 'wrong-code');
    return { kind: 'codes', codes, done: 'totp-on' };
  },
  'totp-end': async ({ account, audit }, _form, { totp }) =>
    done((await totp.end(account.id, audit)) ? 'totp-off' : null),
  'recovery-codes': async ({ account, audit }, _form, { totp }) => {
    const codes = await totp.renewRecoveryCodes(account.id, audit);
    return codes === undefined ? done(null) : { kind: 'codes', codes, done: 'recovery-codes-renewed' };
  },
};

/** How each change is made, by the value of the field `change`. */
export const securityChanges: ReadonlyMap<string, Change> = new Map(Object.entries(changes));

async function changePassword(
  { account, session, audit }: AccountVisit,
  form: Form,
  { passwordChange, endings }: SecurityDeps,
): Promise<SecurityOutcome> {
  const next = form.get('new-password') ?? '';
  if (next !== (form.get('new-password-again') ?? '')) return complaint('password', 'passwords-differ');
  const current = form.get('current-password') ?? '';
  const outcome = await passwordChange.change({ account, current, next, audit });
  if (outcome === 'wrong-credentials') return complaint('password', 'wrong-password');
  if (typeof outcome !== 'string') return complaint('password', outcome.reason, outcome.retryAfterSeconds);
  if (outcome !== 'changed') return complaint('password', outcome);
  if (form.get('end-others') === 'yes') await endings.endElsewhere(account.id, session.id, audit);
  return done('password-changed');
}

async function addPasskey(
  visit: AccountVisit,
  form: Form,
  { passkeys, clock }: SecurityDeps,
): Promise<SecurityOutcome> {
  const challenge = openChallenge(visit, form.get('challenge') ?? '', clock.now());
  if (challenge === undefined) return complaint('passkey-add', 'form-expired');
  const answer = { challenge, response: form.get('passkey') ?? '', name: form.get('name') ?? '' };
  const { account, audit } = visit;
  const outcome = await passkeys.register({ account, audit, ...answer });
  if (outcome === 'registered') return done('passkey-added');
  return complaint('passkey-add', outcome === 'full' ? 'passkeys-full' : 'passkey-failed');
}

/** The only way in that somebody has is left to them. */
async function removePasskey(
  { account, audit }: AccountVisit,
  form: Form,
  { passkeys }: SecurityDeps,
): Promise<SecurityOutcome> {
  const id = form.get('passkey') ?? '';
  const others = (await passkeys.list(account.id)).filter((passkey) => passkey.id !== id);
  if (account.passwordHash === null && others.length === 0) return complaint('passkey-remove', 'last-way-in');
  await passkeys.remove(account.id, id, audit);
  return done('passkey-removed');
}

function done(name: Done | null): SecurityOutcome {
  return { kind: 'done', done: name };
}

function complaint(about: SecurityChange, complaint: Complaint, retryAfterSeconds?: number): SecurityOutcome {
  return { kind: 'complaint', about, complaint, retryAfterSeconds };
}
