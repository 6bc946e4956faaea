import { hidden } from './forms.ts';
import { html } from './html.ts';
import type { FormPostPage } from './models.ts';
import { submitScript } from './scripts.ts';
import type { PageBody, View } from './view.ts';

/** The page that posts a response to the client (OAuth 2.0 Form Post Response Mode §2), by itself where scripts run. */
export function formPostPage(page: FormPostPage, view: View): PageBody {
  const { formPost } = view.texts;
  const fields = Object.entries(page.parameters).map(([name, value]) => hidden(name, value));
  return {
    title: formPost.title,
    main: html`<form method="post" action="${page.action}" class="stack-wide">${fields}<div class="stack"><h1>${formPost.title}</h1><p class="waiting soft" role="status"><i></i><span>${formPost.why}</span></p></div><button class="main">${formPost.submit}</button></form>`,
    next: null,
    script: submitScript,
    section: null,
    needs: { images: [], frames: [], forms: { to: page.action } },
  };
}
