const markup = Symbol('markup');

/** Markup that is safe to send: only `html` and `trusted` make it, so that no text of anybody else can pass for it. */
export interface Html {
  readonly [markup]: string;
}

/** What may stand in a hole of a template. Null is nothing. */
export type Hole = Html | string | number | null | readonly Hole[];

/**
 * Makes markup. Text in holes is escaped; markup in holes stays as it is. Holes may stand in content and in quoted attributes; not
 * in the names of elements and attributes, in comments, nor in the content of `script` and `style`.
 */
export function html(strings: TemplateStringsArray, ...holes: readonly Hole[]): Html {
  checkQuotes(strings);
  return trusted(strings.reduce((text, string, index) => text + markupOf(holes[index - 1] ?? null) + string));
}

/** Declares text of our own to be markup. Nothing that came from outside may be in it. */
export function trusted(text: string): Html {
  return { [markup]: text };
}

/** The text of `content`, to be sent. */
export function textOf(content: Html): string {
  return content[markup];
}

/** `text` as it stands in content and in quoted attributes. */
export function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function markupOf(hole: Hole): string {
  if (hole === null) return '';
  if (typeof hole === 'string') return escapeText(hole);
  if (typeof hole === 'number') return String(hole);
  return isHtml(hole) ? hole[markup] : hole.map(markupOf).join('');
}

function isHtml(hole: Html | readonly Hole[]): hole is Html {
  return markup in hole;
}

const checked = new WeakSet<TemplateStringsArray>();

/** Without quotes around it, a space in a hole would begin another attribute. */
function checkQuotes(strings: TemplateStringsArray): void {
  if (checked.has(strings)) return;
  if (strings.slice(0, -1).some((string) => string.endsWith('='))) {
    throw new Error('a template has an attribute without quotes');
  }
  checked.add(strings);
}
