import { type Html, html } from './html.ts';

/** Characters that cannot be seen, or that change how their neighbours are seen: bidirectional controls, zero width, fillers, tags. */
const invisible = /[\p{Default_Ignorable_Code_Point}\p{Cf}\u2800]/gu;
const brokenOrPrivate = /[\p{Cs}\p{Co}\p{Cn}]/gu;
const blank = /[\p{Cc}\p{Z}]+/gu;
/** More marks than any language puts on one letter, which would grow over the lines above and below. */
const towersOfMarks = /(\p{M}{3})\p{M}+/gu;

let segmenter: Intl.Segmenter | undefined;

/** Made for the first text that is too long: its rules take 10 ms to read. */
function graphemesOf(line: string): readonly string[] {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return Array.from(segmenter.segment(line), ({ segment }) => segment);
}

/**
 * Text that somebody else has written, as it may stand on a page: in one line, without characters that cannot be seen or that
 * rearrange others, and of at most `limit` characters as people count them; more are cut, with an ellipsis.
 */
export function plainText(text: string, limit: number): string {
  const head = text.length > limit * 16 ? text.slice(0, limit * 16) : text;
  const line = head
    .replace(invisible, '')
    .replace(brokenOrPrivate, '\ufffd')
    .replace(blank, ' ')
    .replace(towersOfMarks, '$1')
    .trim();
  return cut(line, limit, head.length < text.length);
}

function cut(line: string, limit: number, isCutAlready: boolean): string {
  if (line.length <= limit) return isCutAlready ? `${line}…` : line;
  const characters = graphemesOf(line);
  if (characters.length <= limit) return isCutAlready ? `${line}…` : line;
  return `${characters
    .slice(0, limit - 1)
    .join('')
    .trimEnd()}…`;
}

/** `plainText` in an element of its own, so that its direction of writing does not reach beyond it. */
export function isolated(text: string, limit: number): Html {
  return html`<bdi>${plainText(text, limit)}</bdi>`;
}
