import type { AccountStore } from '../accounts/account.ts';
import type { IdentityProvider } from '../identity-providers/identity-provider.ts';
import type { IdentityProviders } from '../identity-providers/identity-providers.ts';
import type { Flow, Visit } from './flow.ts';
import type { Need } from './interaction.ts';
import { PageError } from './page-error.ts';
import type { Complaint, FormSecrets, LoginPage, ShownClient } from './pages/models.ts';
import type { LogoUriOf } from './shown.ts';
import { showClient } from './shown.ts';

/** What the pages of a request are filled in with. */
export interface PageDeps {
  readonly flow: Flow;
  readonly accounts: Pick<AccountStore, 'load'>;
  readonly identityProviders: Pick<IdentityProviders, 'current'>;
  readonly logoUriOf: LogoUriOf;
  readonly signUpEnabled: boolean;
  /** See `PageSettings`. */
  readonly basePath: string;
}

/** What stands in the forms of every page of an interaction. */
export function formSecretsOf(
  { browser, interaction }: Visit,
  need: Need,
  subject = interaction.id,
): FormSecrets {
  return {
    interaction: interaction.id,
    csrf: browser.csrf(subject),
    ...(need.request !== null && { leadsTo: need.request.target.redirectUri }),
  };
}

/** Who asks; null: nobody does. */
export function clientOf({ request }: Need, logoUriOf: LogoUriOf): ShownClient | null {
  return request === null ? null : showClient(request.client, logoUriOf);
}

/** The provider of an interaction. @throws PageError `provider` when there is none any more */
export async function providerOfVisit(
  { interaction }: Visit,
  identityProviders: Pick<IdentityProviders, 'current'>,
): Promise<IdentityProvider> {
  const provider = (await identityProviders.current()).find(interaction.state.providerId);
  if (provider === undefined) throw new PageError('provider', { detail: interaction.state.providerId });
  return provider;
}

/** Whether people sign in with the accounts of this server. */
export function isOwn({ type }: Pick<IdentityProvider, 'type'>): boolean {
  return type === 'internal';
}

/** What a person has typed, and what is wrong with it. */
export interface Typed {
  readonly username?: string;
  readonly complaint: Complaint | null;
  /** After how many seconds it may be sent again. Absent: nobody knows. */
  readonly retryAfterSeconds?: number;
}

/** The page on which a person signs in. */
export async function loginPageOf(
  visit: Visit,
  need: Need,
  typed: Typed,
  deps: PageDeps,
): Promise<LoginPage> {
  const provider = await providerOfVisit(visit, deps.identityProviders);
  const { id, state } = visit.interaction;
  const own = isOwn(provider);
  const startPath = `${deps.basePath}${providerStartPath}?interaction=${id}`;
  return {
    kind: 'login',
    form: formSecretsOf(visit, need),
    client: clientOf(need, deps.logoUriOf),
    username: typed.username ?? (await usernameFor(need, deps)),
    provider: own ? null : { name: provider.name, startPath },
    passkeyOptions: own ? (state.passkey?.options ?? null) : null,
    signUpPath: own && deps.signUpEnabled ? deps.flow.pageOf('create', id) : null,
    again: need.prompt === 'login' && need.session !== null,
    complaint: typed.complaint,
    retryAfterSeconds: typed.retryAfterSeconds,
  };
}

/** Where the way to another provider begins, and where it ends. */
export const providerStartPath = '/login/provider';
export const providerCallbackPath = '/login/callback';

/** No user name is longer; what is, would only be in the way. */
const longestUsername = 128;

/** The name of who is signed in already, else what the client believes it to be. */
async function usernameFor(need: Need, { accounts }: Pick<PageDeps, 'accounts'>): Promise<string> {
  if (need.prompt === 'login' && need.session !== null) {
    return (await accounts.load(need.session.accountId))?.username ?? '';
  }
  const hint = need.request?.loginHint ?? '';
  return hint.length <= longestUsername ? hint : '';
}
