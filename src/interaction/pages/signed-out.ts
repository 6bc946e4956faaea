import { destination, webAddress } from './addresses.ts';
import { type Html, html } from './html.ts';
import { icons } from './icons.ts';
import type { SignedOutPage } from './models.ts';
import { clientName } from './names.ts';
import { goOnScript } from './scripts.ts';
import type { PageBody, View } from './view.ts';

/** The page after a logout (OpenID Connect Front-Channel Logout §3): it tells clients in frames, then goes on by itself. */
export function signedOutPage(page: SignedOutPage, view: View): PageBody {
  const { signedOut } = view.texts;
  const frames = page.frameUris.filter((uri) => webAddress(uri) !== undefined);
  const next = destination(page.continueUri);
  return {
    title: signedOut.title,
    main: html`<div class="stack-wide"><div class="stack"><span class="tile of-person">${icons.check}</span><h1>${signedOut.title}</h1></div>${next ? onward(page, next, view) : html`<p class="soft">${signedOut.why}</p>`}</div>${frames.map(frame)}`,
    next: next ?? null,
    script: next ? goOnScript : null,
    section: null,
    needs: { images: [], frames, forms: 'nowhere' },
  };
}

function onward({ client }: SignedOutPage, next: URL, view: View): Html {
  const { signedOut } = view.texts;
  const label = client === null ? html`${signedOut.goOnSomewhere}` : signedOut.goOn(clientName(client, view));
  return html`<p class="waiting soft" role="status"><i></i><span>${signedOut.goingOn}</span></p><a class="button main" id="go-on" href="${next.href}"><span>${label}</span></a>`;
}

/** It may run the client's own scripts with the client's own storage, and nothing that reaches beyond the frame. */
function frame(uri: string): Html {
  return html`<iframe hidden src="${uri}" sandbox="allow-scripts allow-same-origin" referrerpolicy="no-referrer"></iframe>`;
}
