import type { Accounts } from '../accounts/accounts.ts';
import type { SettingsStore } from '../config/settings-store.ts';
import { toBase64url } from '../kernel/encoding.ts';
import { randomOctets } from '../kernel/random.ts';

const settingKey = 'administrator-account-id';
const generatedPasswordOctets = 24;

/**
 * Makes the administrator's account at the first start, and gives it the chosen user name and password when they changed.
 * `announce` is told a generated password before it is stored.
 */
export async function ensureAdministrator(
  deps: { readonly accounts: Accounts; readonly settings: SettingsStore },
  chosen: { readonly username: string; readonly password: string | null },
  announce: (administrator: { readonly username: string; readonly password: string }) => Promise<void>,
): Promise<void> {
  const { accounts, settings } = deps;
  const { username } = chosen;
  const knownId = await settings.get(settingKey);
  const known = knownId === undefined ? undefined : await accounts.load(knownId);
  if (known && chosen.password === null && known.username === username) return;
  const password = chosen.password ?? toBase64url(randomOctets(generatedPasswordOctets));
  if (chosen.password === null) await announce({ username, password });
  const { account } = await accounts.ensureAdministrator({
    ...(known && { id: known.id }),
    username,
    password,
  });
  if (account.id !== knownId) await settings.set(settingKey, account.id);
}
