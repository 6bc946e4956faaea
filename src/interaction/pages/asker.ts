import { hostOf, webAddress } from './addresses.ts';
import { type Html, html } from './html.ts';
import { icons } from './icons.ts';
import type { ShownClient } from './models.ts';
import { brandName, clientName, clientTile, hostName } from './names.ts';
import { plainText } from './plain-text.ts';
import type { View } from './view.ts';

const longestDescription = 160;

/** Who asks: logo, name, whether somebody has checked it, and its website. */
export function asker(client: ShownClient, view: View): Html {
  return html`<div class="asker">${clientTile(client)}<div class="stack-tight"><p class="names"><strong>${clientName(client, view)}</strong>${verification(client, view)}</p>${website(client)}</div></div>`;
}

/** `asker`, where somebody does. */
export function askerOf(client: ShownClient | null, view: View): Html | null {
  return client === null ? null : asker(client, view);
}

/** Whether the client is verified, in one word. */
export function verification({ verified }: ShownClient, { texts }: View): Html {
  return verified
    ? html`<span class="badge good">${icons.verified}${texts.verified}</span>`
    : html`<span class="badge care">${icons.unverified}${texts.unverified}</span>`;
}

/** What to think of, before an unverified client is given anything; null: it is verified. */
export function unverifiedNotice(client: ShownClient, view: View): Html | null {
  if (client.verified) return null;
  const text = view.texts.unverifiedNotice(clientName(client, view), brandName(view.brand));
  return html`<div class="notice care">${icons.warning}<p>${text}</p></div>`;
}

/** What the client says of itself; null: nothing. */
export function description(client: ShownClient): Html | null {
  const text = plainText(client.description ?? '', longestDescription);
  return text === '' ? null : html`<p class="soft"><bdi>${text}</bdi></p>`;
}

function website(client: ShownClient): Html | null {
  const url = webAddress(client.websiteUri);
  if (url === undefined) return null;
  return html`<p class="small"><a href="${url.href}" target="_blank" rel="noopener noreferrer nofollow">${hostName(hostOf(url))}</a></p>`;
}
