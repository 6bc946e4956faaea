import type { Accounts } from '../accounts/accounts.ts';
import type { AccountEndings } from '../accounts/managed-accounts.ts';
import type { SettingsStore } from '../config/settings-store.ts';
import { toBase64url } from '../kernel/encoding.ts';
import { randomOctets } from '../kernel/random.ts';
import type { AppliedDeclarations } from './applied-declarations.ts';

const settingKey = 'administrator-account-id';
const appliedName = 'administrator';
const generatedPasswordOctets = 24;

/**
 * Makes the administrator's account at the first start, and brings it to the chosen user name and password when they changed: a
 * password that was applied before is not applied again, so that one that its person has chosen since stays. Another password ends
 * what was signed in to with the one before. `announce` is told a generated password before it is stored.
 * @throws StartError when the user name belongs to another account
 */
export async function ensureAdministrator(
  deps: {
    readonly accounts: Accounts;
    readonly settings: SettingsStore;
    readonly applied: Pick<AppliedDeclarations, 'read' | 'write' | 'isSame'>;
    readonly endings: AccountEndings;
  },
  chosen: { readonly username: string; readonly password: string | null },
  announce: (administrator: { readonly username: string; readonly password: string }) => Promise<void>,
): Promise<void> {
  const { accounts, settings, applied, endings } = deps;
  const { username } = chosen;
  const knownId = await settings.get(settingKey);
  const known = knownId === undefined ? undefined : await accounts.load(knownId);
  const last = known && (await applied.read(appliedName));
  const isApplied = chosen.password === null || applied.isSame(last, chosen.password);
  if (known?.username === username && isApplied) return;
  const generated = chosen.password === null ? toBase64url(randomOctets(generatedPasswordOctets)) : null;
  if (generated !== null) await announce({ username, password: generated });
  const password = generated ?? (isApplied ? null : chosen.password);
  const { account, outcome } = await accounts.ensureAdministrator({
    ...(known && { id: known.id }),
    username,
    password,
  });
  if (password !== null && outcome !== 'created') await endings.endAccount(account.id);
  if (account.id !== knownId) await settings.set(settingKey, account.id);
  await applied.write(appliedName, { fields: {}, secret: chosen.password });
}
