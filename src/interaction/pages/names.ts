import { webAddress } from './addresses.ts';
import { type Html, html } from './html.ts';
import type { Brand, ShownAccount, ShownClient } from './models.ts';
import { isolated, plainText } from './plain-text.ts';
import type { View } from './view.ts';

/** How many characters of a name are shown; of an address, what it takes. */
const longestName = 60;
const longestAddress = 80;

/** The client's name, or what is said where there is none that can be read. */
export function clientName(client: ShownClient, { texts }: View): Html {
  const name = plainText(client.name ?? '', longestName);
  return name === '' ? html`${texts.anApp}` : html`<bdi>${name}</bdi>`;
}

/** The name of whoever runs the server. */
export function brandName({ name }: Brand): Html {
  return isolated(name, longestName);
}

/** A name that an operator or a person has given to something of theirs. */
export function givenName(name: string): Html {
  return isolated(name, longestName);
}

/** What a person is called: their name, or else their user name. */
export function accountName({ name, username }: ShownAccount): Html {
  const shown = plainText(name ?? '', longestName);
  return shown === '' ? isolated(username, longestName) : html`<bdi>${shown}</bdi>`;
}

/** What tells the account from others of the same name: its user name, and its e-mail address where that is another. */
export function accountAddress({ email, username }: ShownAccount): Html {
  const own = isolated(username, longestAddress);
  return email === null || email === username ? own : html`${own} · ${isolated(email, longestAddress)}`;
}

/** Host of an address, in the form in which look-alike letters cannot hide (RFC 5891 A-labels). */
export function hostName(host: string): Html {
  return isolated(host, longestAddress);
}

/** A square with the logo, or the first letter where there is none, or where it does not load. */
export function clientTile(client: ShownClient): Html {
  const logo = webAddress(client.logoUri);
  const letter = initial(client.name ?? '');
  const content = logo ? html`<img src="${logo.href}" alt="${letter}" decoding="async">` : letter;
  return html`<div class="tile" aria-hidden="true">${content}</div>`;
}

/** A circle with the first letter of a person's name. */
export function accountTile(account: ShownAccount): Html {
  return html`<span class="tile of-person" aria-hidden="true">${initial(account.name ?? account.username)}</span>`;
}

/** The first letter or digit of `name`, as a capital. */
export function initial(name: string): string {
  return /[\p{L}\p{N}]/u.exec(plainText(name, longestName))?.[0].toLocaleUpperCase('en').slice(0, 2) ?? '·';
}
