import { factList } from './facts.ts';
import { type Html, html } from './html.ts';
import { icons } from './icons.ts';
import type { ErrorPage } from './models.ts';
import { isolated } from './plain-text.ts';
import { inAWhile } from './times.ts';
import type { PageBody, View } from './view.ts';

const longestExplanation = 400;

/** The page that says why a request cannot be answered. */
export function errorPage(page: ErrorPage, view: View): PageBody {
  const { error, errors } = view.texts;
  const own = errors[page.title];
  const title = own?.title ?? page.title;
  const heading = own?.title
    ? html`<h1>${own.title}</h1>`
    : html`<h1 lang="en">${isolated(page.title, 100)}</h1>`;
  const words = limitWords(page, view) ?? own?.explanation;
  const explanation = words
    ? html`<p>${words}</p>`
    : html`<p lang="en">${isolated(page.explanation, longestExplanation)}</p>`;
  const code = page.code === null ? [] : [[error.code, written(page.code)] as const];
  const facts = factList([...code, [error.requestId, written(page.requestId)]]);
  return {
    title,
    main: html`<div class="stack-wide"><div class="stack"><span class="badge care">${icons.unverified}${error.badge}</span>${heading}${explanation}</div><div class="stack"><p class="small soft">${error.advice}</p>${facts}</div></div>`,
    next: null,
    script: null,
    section: null,
    needs: { images: [], frames: [], forms: 'nowhere' },
  };
}

function limitWords({ retryAfterSeconds }: ErrorPage, view: View): string | undefined {
  return retryAfterSeconds === undefined
    ? undefined
    : view.texts.wait.requests(inAWhile(retryAfterSeconds, view));
}

function written(text: string): Html {
  return html`<code>${isolated(text, 100)}</code>`;
}
