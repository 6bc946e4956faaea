import { webAddress } from './addresses.ts';
import { brandColour, styleOf } from './brand-style.ts';
import { accentOn } from './colours.ts';
import { type Html, html, textOf, trusted } from './html.ts';
import type { AccountSection } from './models.ts';
import { accountAddress, brandName, initial } from './names.ts';
import { pagePaths, sectionPaths } from './paths.ts';
import { plainText } from './plain-text.ts';
import type { PageBody, View } from './view.ts';

/** The whole document: what every page has around it. */
export function documentOf(body: PageBody, view: View): string {
  const { brand, display, language, nonce } = view;
  return textOf(html`<!doctype html>
<html lang="${language}" data-display="${display}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${body.title} · ${plainText(brand.name, 60)}</title>
<link rel="icon" href="${iconOf(view)}">
<style nonce="${nonce}">${styleOf(brand)}</style>
${refresh(body)}</head>
${body.section === null ? alone(body, view) : inAccount(body, body.section, view)}
</html>
`);
}

function alone(body: PageBody, view: View): Html {
  return html`<body class="alone">
<header class="brand">${brandMark(view)}</header>
<main>${body.main}</main>
${scriptOf(body, view)}</body>`;
}

function inAccount(body: PageBody, section: NonNullable<PageBody['section']>, view: View): Html {
  const { texts, basePath } = view;
  return html`<body class="account">
<a class="skip" href="#content">${texts.skipToContent}</a>
<header><div class="bar"><a class="brand" href="${basePath}${pagePaths['account-overview']}">${brandMark(view)}</a><span class="soft small">${accountAddress(section.account)}</span></div>
${navigation(section.name, view)}</header>
<main id="content" tabindex="-1">${body.main}</main>
${scriptOf(body, view)}</body>`;
}

function navigation(current: AccountSection, { texts, basePath }: View): Html {
  const names = Object.keys(sectionPaths) as AccountSection[];
  const links = names.map((name) => {
    const here = name === current ? html` aria-current="page"` : null;
    return html`<li><a href="${basePath}${sectionPaths[name]}"${here}>${texts.account.sections[name]}</a></li>`;
  });
  return html`<nav aria-label="${texts.account.navigation}"><ul>${links}</ul></nav>`;
}

function brandMark({ brand }: View): Html {
  const logo = webAddress(brand.logoUri);
  const mark = logo
    ? html`<img src="${logo.href}" alt="" height="32">`
    : html`<span class="brand-tile" aria-hidden="true">${initial(brand.name)}</span>`;
  return html`${mark}<span>${brandName(brand)}</span>`;
}

/** Time enough for the frames of the page. Scripts go on sooner. */
function refresh({ next }: PageBody): Html | null {
  if (next === null) return null;
  return html`<noscript><meta http-equiv="refresh" content="${`5; url=${next.href}`}"></noscript>\n`;
}

function scriptOf({ script }: PageBody, { nonce }: View): Html | null {
  return script === null ? null : html`<script nonce="${nonce}">${trusted(script)}</script>\n`;
}

/** The letter of the brand on its colour. */
function iconOf({ brand }: View): string {
  const { fill, onFill } = accentOn(brandColour(brand), '#ffffff');
  const svg = html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="9" fill="${fill}"/><text x="16" y="22.5" font-family="sans-serif" font-size="18" font-weight="700" text-anchor="middle" fill="${onFill}">${initial(brand.name)}</text></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(textOf(svg))}`;
}
