import { asker, description, unverifiedNotice } from './asker.ts';
import { actionOf, hidden, postForm } from './forms.ts';
import { type Html, html } from './html.ts';
import { icons } from './icons.ts';
import type { AskedScope, ConsentPage } from './models.ts';
import { accountAddress, accountName, accountTile, clientName, givenName, hostName } from './names.ts';
import { pagePaths } from './paths.ts';
import { scopeLabel } from './scope-label.ts';
import { sendOnceScript } from './scripts.ts';
import type { PageBody, View } from './view.ts';

/** The page on which a person allows a client something, or does not. */
export function consentPage(page: ConsentPage, view: View): PageBody {
  const { consent } = view.texts;
  const title = html`<h1>${consent.asks(clientName(page.client, view))}</h1>`;
  return {
    title: consent.title,
    main: html`${asker(page.client, view)}<div class="stack-wide"><div class="stack">${title}${description(page.client)}${unverifiedNotice(page.client, view)}</div>${who(page, view)}${asked(page, view)}${decisions(page, view)}${consequences(page, view)}</div>`,
    next: null,
    script: sendOnceScript,
    section: null,
    needs: { images: [page.client.logoUri], frames: [], forms: { to: page.form.leadsTo } },
  };
}

function who({ account, switchAccountPath }: ConsentPage, { texts }: View): Html {
  return html`<div class="who">${accountTile(account)}<div><p><span class="unseen">${texts.consent.signedInAs} </span><strong>${accountName(account)}</strong></p><p class="small soft">${accountAddress(account)}</p><p class="small"><a href="${switchAccountPath}">${texts.consent.switchAccount}</a></p></div></div>`;
}

function asked(page: ConsentPage, view: View): Html {
  const { consent, claims } = view.texts;
  const isPartlyNew = page.scopes.some(({ isNew }) => isNew) && page.scopes.some(({ isNew }) => !isNew);
  const scopes = page.scopes.map((scope) => scopeEntry(scope, isPartlyNew, view));
  const details = page.claims.map((name) => entry(html`${claims[name] ?? givenName(name)}`));
  const services = page.applications.map((name) => entry(givenName(name)));
  return html`${group(consent.allows, scopes)}${group(consent.claims, details)}${group(consent.applications, services)}`;
}

function group(title: string, entries: readonly Html[]): Html | null {
  if (entries.length === 0) return null;
  return html`<section><h2>${title}</h2><ul class="list">${entries}</ul></section>`;
}

function scopeEntry(scope: AskedScope, isPartlyNew: boolean, view: View): Html {
  const mark =
    isPartlyNew && scope.isNew ? html`<span class="badge mark">${view.texts.consent.isNew}</span>` : null;
  return entry(scopeLabel(scope, view), mark);
}

function entry(content: Html, mark: Html | null = null): Html {
  return html`<li>${icons.check}<span>${content}</span>${mark}</li>`;
}

function decisions(page: ConsentPage, view: View): Html {
  const { consent } = view.texts;
  const allow = html`<button id="consent-allow" class="main">${consent.allow}</button>`;
  const deny = html`<button id="consent-deny">${consent.deny}</button>`;
  return html`<div class="actions">${decision(page, 'allow', allow, view)}${decision(page, 'deny', deny, view)}</div>`;
}

function decision(page: ConsentPage, value: 'allow' | 'deny', button: Html, view: View): Html {
  const action = actionOf(page.form, pagePaths.consent, view);
  return postForm({ action, secrets: page.form, content: [hidden('decision', value), button] });
}

function consequences({ redirectHost }: ConsentPage, { texts }: View): Html {
  const host = html`<strong>${hostName(redirectHost)}</strong>`;
  return html`<p class="small soft">${texts.consent.leadsTo(host)} ${texts.consent.revocable}</p>`;
}
