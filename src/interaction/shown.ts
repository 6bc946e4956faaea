import type { Account } from '../accounts/account.ts';
import type { Client } from '../clients/client.ts';
import type { ShownAccount, ShownClient } from './pages/models.ts';

/** Tells where a client's logo is found; null: it has none. */
export type LogoUriOf = (client: Pick<Client, 'id' | 'logo'>) => string | null;

/** A client as people see it. */
export function showClient(client: Client, logoUriOf: LogoUriOf): ShownClient {
  const { id, name, description, websiteUri, verified } = client;
  return { id, name, description, websiteUri, logoUri: logoUriOf(client), verified };
}

/** An account as its person sees it. An address that nobody has verified may be somebody else's, and does not say whose account it is. */
export function showAccount({ username, claims, email, emailVerified }: Account): ShownAccount {
  return { username, name: claims.name ?? null, email: emailVerified ? email : null };
}
