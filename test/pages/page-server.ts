import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Display, Language, Page } from '../../src/interaction/pages/models.ts';
import { renderPage } from '../../src/interaction/pages/render-page.ts';
import { atEnd, type Ending } from '../fixtures/teardown.ts';

/** A picture of 48 by 48 pixels. */
const logo = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAADAAAAAwAQMAAABtzGvEAAAABlBMVEULbmn///+vMh67AAAAG0lEQVR42mNgoAVgfsB+gArU//+4KarYQH0AAALJLE1Cr3CdAAAAAElFTkSuQmCC',
  'base64',
);

/** Pages on an address of their own. */
export interface PageServer {
  readonly origin: string;
  /** Where the page can be seen. */
  readonly addressOf: (page: Page, language?: Language, display?: Display) => string;
  /** Every form that was posted here, from the first. */
  readonly posted: readonly URLSearchParams[];
  /** Answers posted forms with a redirect to `address`; null: with nothing, and the page stays. */
  readonly sendOnTo: (address: string | null) => void;
  /** The paths that were asked for with GET and are no page, from the first. */
  readonly visited: readonly string[];
}

/** Serves pages with their policies; everything else is an empty document. */
export async function startPageServer(context: Ending): Promise<PageServer> {
  const pages: Shown[] = [];
  const posted: URLSearchParams[] = [];
  const visited: string[] = [];
  let next: string | null = null;
  const server = createServer(async (request, response) => {
    if (request.method === 'POST') {
      posted.push(new URLSearchParams(await text(request)));
      return next === null
        ? response.writeHead(204).end()
        : response.writeHead(303, { location: next }).end();
    }
    if (request.url === '/logo.png') return response.setHeader('content-type', 'image/png').end(logo);
    const shown = pages[Number(request.url?.slice(1))];
    if (shown !== undefined) return send(response, shown);
    visited.push(request.url ?? '');
    return response.setHeader('content-type', 'text/html').end('<!doctype html><title>elsewhere</title>');
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  atEnd(context, () => server.close().closeAllConnections());
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    addressOf: (page, language = 'en', display = 'page') =>
      `${origin}/${pages.push({ page, language, display }) - 1}`,
    posted,
    sendOnTo: (address) => {
      next = address;
    },
    visited,
  };
}

interface Shown {
  readonly page: Page;
  readonly language: Language;
  readonly display: Display;
}

function send(response: ServerResponse, { page, language, display }: Shown): void {
  const brand = { name: 'Northwind', logoUri: null, color: null };
  const settings = { brand, basePath: '', shortestPassword: 12 };
  const rendered = renderPage(page, { language, display, nonce: 'bm9uY2U', ...settings });
  response.setHeader('content-type', 'text/html; charset=utf-8');
  response.setHeader('content-security-policy', rendered.contentSecurityPolicy).end(rendered.html);
}
