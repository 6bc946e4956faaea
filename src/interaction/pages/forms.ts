import { type Html, html } from './html.ts';
import { icons } from './icons.ts';
import type { Complaint, FormSecrets } from './models.ts';
import { inAWhile } from './times.ts';
import type { View } from './view.ts';

/** A form that is posted, and what it is told apart by. */
export interface PostForm {
  /** Path, with the base path. */
  readonly action: string;
  readonly secrets: FormSecrets;
  readonly content: Hole;
  readonly attributes?: Html;
}

type Hole = Html | readonly (Html | null)[];

/** A form that is posted with its secrets. */
export function postForm({ action, secrets, content, attributes }: PostForm): Html {
  return html`<form method="post" action="${action}" ${attributes ?? null}>${hiddenFields(secrets)}${content}</form>`;
}

/** Where the forms of a page are posted to. */
export function actionOf(form: FormSecrets, path: string, { basePath }: View): string {
  return form.action ?? `${basePath}${path}`;
}

/** A field that people do not see. */
export function hidden(name: string, value: string): Html {
  return html`<input type="hidden" name="${name}" value="${value}">`;
}

function hiddenFields({ interaction, csrf }: FormSecrets): Html {
  return html`${interaction === null ? null : hidden('interaction', interaction)}${hidden('csrf', csrf)}`;
}

/** Where the reader begins when a page opens, and what is told there. What stands elsewhere is not read aloud by itself. */
export interface Beginning {
  /** Id of the field that has the focus; null: the complaint itself has it. */
  readonly first: string | null;
  readonly complaint: Complaint | null;
  /** See `Complaining`. */
  readonly retryAfterSeconds?: number | undefined;
  /** Id of the field that the complaint is about; null: it is about none. */
  readonly faulty: string | null;
}

/** A field with its label. */
export interface Field {
  /** Its id too, unless there is one. */
  readonly name: string;
  readonly id?: string;
  readonly label: string;
  readonly type: 'text' | 'email' | 'password';
  /** @see HTML, autofill detail tokens */
  readonly autocomplete: string;
  readonly value?: string;
  readonly hint?: string;
  /** What is wrong with it, to be said beside it; null: nothing. */
  readonly fault?: string | null;
  readonly beginning?: Beginning;
  /** Further attributes of our own. */
  readonly attributes?: Html | null;
  /** What stands in the field's box beside it. */
  readonly beside?: Html;
}

/** Label, field, hint and what is wrong, tied together for those who hear them. */
export function field(field: Field): Html {
  const { name, label, type, autocomplete, value, hint, fault, attributes } = field;
  const id = field.id ?? name;
  const input = html`<input id="${id}" name="${name}" type="${type}" autocomplete="${autocomplete}" value="${value ?? ''}" required ${describedBy(id, field)} ${field.beginning?.first === id ? focused : null} ${attributes ?? null}>`;
  const box = field.beside ? html`<div class="with-button">${input}${field.beside}</div>` : input;
  return html`<div><label for="${id}">${label}</label>${box}${
    hint ? html`<p class="hint" id="${id}-hint">${hint}</p>` : null
  }${fault ? html`<p class="fault" id="${id}-fault">${fault}</p>` : null}</div>`;
}

function describedBy(id: string, { hint, fault, beginning }: Field): Html | null {
  const isFaulty = beginning?.faulty === id;
  const isTold = beginning?.complaint != null && (isFaulty || beginning.first === id);
  const ids = [
    ...(isTold && !fault ? [complaintId] : []),
    ...(hint ? [`${id}-hint`] : []),
    ...(fault ? [`${id}-fault`] : []),
  ];
  const invalid = fault || isFaulty ? html` aria-invalid="true"` : null;
  return ids.length === 0 ? null : html`aria-describedby="${ids.join(' ')}"${invalid}`;
}

const complaintId = 'complaint';

/** Takes the reader to the field when the page opens. */
export const focused = html`autofocus`;

const readFirst = html` tabindex="-1" ${focused}`;

/** For what is typed off a screen or from memory, and is no language. */
export const verbatim = html`autocapitalize="none" autocorrect="off" spellcheck="false"`;

/** What is wrong, above the form; with a link to the field that it is about. Null: nothing is. */
export function complaintNotice(beginning: Beginning, view: View): Html | null {
  const { complaint, retryAfterSeconds, faulty, first } = beginning;
  if (complaint === null) return null;
  const text =
    complaint === 'too-many-tries' && retryAfterSeconds !== undefined
      ? view.texts.wait.tries(inAWhile(retryAfterSeconds, view))
      : view.texts.complaints[complaint];
  const told = faulty === null ? html`${text}` : html`<a href="#${faulty}">${text}</a>`;
  return html`<div class="notice bad" role="alert" id="${complaintId}"${first === null ? readFirst : null}>${icons.warning}<p>${told}</p></div>`;
}

/** What has been done: the reader begins there. */
export function doneNotice(text: string): Html {
  return html`<div class="notice good" role="status"${readFirst}>${icons.done}<p>${text}</p></div>`;
}
