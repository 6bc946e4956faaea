import { deviceName } from './device-name.ts';
import { factList } from './facts.ts';
import { actionOf, doneNotice, hidden, postForm } from './forms.ts';
import { type Html, html } from './html.ts';
import { icons } from './icons.ts';
import type { SessionsPage, ShownSession } from './models.ts';
import { pagePaths } from './paths.ts';
import { sendOnceScript } from './scripts.ts';
import { dayAndTime } from './times.ts';
import type { PageBody, View } from './view.ts';

/** Where the person is signed in, and the way to end it. */
export function sessionsPage(page: SessionsPage, view: View): PageBody {
  const { sessions } = view.texts;
  const done = page.done === null ? null : doneNotice(sessions.done[page.done]);
  const entries = page.sessions.map((session, index) => sessionEntry(session, index, page, view));
  return {
    title: sessions.title,
    main: html`<div class="stack-wide"><div class="stack-tight"><h1>${sessions.title}</h1><p class="soft">${sessions.why}</p></div>${done}<ul class="panel split">${entries}</ul>${endOthers(page, view)}</div>`,
    next: null,
    script: sendOnceScript,
    section: { name: 'sessions', account: page.account },
    needs: { images: [], frames: [], forms: 'here' },
  };
}

function sessionEntry(session: ShownSession, index: number, page: SessionsPage, view: View): Html {
  const { sessions } = view.texts;
  const device = deviceName(session.userAgent);
  const name = device ? sessions.device(device.browser, device.system) : sessions.unknownDevice;
  const mark = session.current ? html`<span class="badge good">${sessions.current}</span>` : null;
  return html`<li class="row"><div class="who-asks"><span class="tile of-person" aria-hidden="true">${icons.device}</span><div class="stack-tight"><div class="names"><h2 id="device-${index}">${name}</h2>${mark}</div>${times(session, view)}</div></div>${session.current ? null : endOne(session, index, page, view)}</li>`;
}

function times({ authTime, lastSeenAt }: ShownSession, view: View): Html {
  const { sessions } = view.texts;
  return factList([
    [sessions.since, dayAndTime(authTime, view)],
    [sessions.lastSeen, dayAndTime(lastSeenAt, view)],
  ]);
}

function endOne(session: ShownSession, index: number, page: SessionsPage, view: View): Html {
  const button = html`<button class="narrow danger" id="end-${index}" aria-labelledby="end-${index} device-${index}">${view.texts.sessions.end}</button>`;
  return ending(page, session.handle, button, view);
}

function endOthers(page: SessionsPage, view: View): Html | null {
  if (page.sessions.every(({ current }) => current)) return null;
  const button = html`<button class="narrow danger" id="end-others">${view.texts.sessions.endOthers}</button>`;
  return ending(page, 'others', button, view);
}

function ending(page: SessionsPage, which: string, button: Html, view: View): Html {
  const action = actionOf(page.form, pagePaths.sessions, view);
  return postForm({ action, secrets: page.form, content: [hidden('end', which), button] });
}
