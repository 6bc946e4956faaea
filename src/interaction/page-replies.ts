import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { requireOwnModule } from '../kernel/own-module.ts';
import { randomOctets } from '../kernel/random.ts';
import type { Attempt } from '../kernel/request-limits.ts';
import { emptyForm, type Form, parseForm } from '../protocol/form.ts';
import { acceptForms } from '../protocol/http.ts';
import { languageOf } from './locale.ts';
import type { Brand, Display, Page } from './pages/models.ts';

/** What all pages of a server have in common. */
export interface PageSettings {
  readonly brand: Brand;
  /** How many characters a password has at least that somebody chooses. */
  readonly shortestPassword: number;
  /** The path of the issuer without a trailing slash; empty when there is none. */
  readonly basePath: string;
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly pageSettings: PageSettings;
  }
  interface FastifyRequest {
    /** What the request, or the client that began it, wants pages to be written in (`ui_locales`). */
    uiLocales: readonly string[] | null;
    /** How the client that began it wants pages to look (`display`); null: it does not say. */
    display: Display | null;
  }
}

/** Says what the pages of `app` have in common; once, before they are mounted. */
export function preparePages(app: FastifyInstance, settings: PageSettings): void {
  app.decorate('pageSettings', settings);
  app.decorateRequest('uiLocales', null);
  app.decorateRequest('display', null);
}

let pages: typeof import('./pages/render-page.ts') | undefined;

/** Loaded for the first page: what writes them is 40 modules, and until somebody signs in there is none to write. */
function loadPages(): typeof import('./pages/render-page.ts') {
  pages ??= requireOwnModule(import.meta.url, './pages/render-page.ts') as NonNullable<typeof pages>;
  return pages;
}

/** Sends a page: never stored, never framed, telling nobody where the person came from, and running nothing but its own script. */
export function sendPage(reply: FastifyReply, page: Page, status = 200): FastifyReply {
  const { request } = reply;
  const { pageSettings } = request.server;
  const { html, contentSecurityPolicy } = loadPages().renderPage(page, {
    language: languageOf(request.uiLocales ?? [], request.headers['accept-language']),
    display: request.display ?? 'page',
    nonce: randomOctets(16).toString('base64url'),
    ...pageSettings,
  });
  return reply
    .code(status)
    .headers(pageHeaders)
    .header('content-security-policy', contentSecurityPolicy)
    .header('content-type', 'text/html; charset=utf-8')
    .send(html);
}

const notStored = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' } as const;

const pageHeaders = {
  ...notStored,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

/** Sends the browser on with a GET, whatever it came with: what was posted here is for nobody else (RFC 9700 §4.12). */
export function redirect303(reply: FastifyReply, uri: string): FastifyReply {
  return reply.code(303).headers(notStored).header('location', uri).send();
}

/** Nothing but `application/x-www-form-urlencoded` is read in `scope`; bodies stay the text that was sent. */
export function acceptFormTexts(scope: FastifyInstance): void {
  acceptForms(scope, (text) => text);
}

/** What a form that was read by `acceptForms` says. */
export function formOf({ body }: FastifyRequest): Form {
  return (body as Form | null | undefined) ?? emptyForm;
}

/** What stands behind the question mark of the address, as it was sent; empty when nothing does. */
export function queryTextOf({ url }: FastifyRequest): string {
  const start = url.indexOf('?');
  return start < 0 ? '' : url.slice(start + 1);
}

/** @throws OAuthError `invalid_request` when it is malformed or repeats a parameter */
export function queryOf(request: FastifyRequest): Form {
  return parseForm(queryTextOf(request));
}

/** The attempt of a request that was admitted by the limits of its route. */
export function attemptOf({ attempt }: FastifyRequest): Attempt {
  if (attempt === null) throw new Error('a request came here that was not admitted');
  return attempt;
}
