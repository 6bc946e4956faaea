import { type Html, html } from './html.ts';
import type { View } from './view.ts';

/** A day, in the words of the language. UTC, since the server does not know where the reader is. */
export function day(seconds: number, { texts }: View): Html {
  return time(seconds, write(texts.locale, { dateStyle: 'long' }, seconds));
}

/** A day with its time, in UTC. */
export function dayAndTime(seconds: number, { texts }: View): Html {
  const words = write(texts.locale, { dateStyle: 'long', timeStyle: 'short' }, seconds);
  return time(seconds, `${words} UTC`);
}

function time(seconds: number, words: string): Html {
  return html`<time datetime="${new Date(seconds * 1000).toISOString()}">${words}</time>`;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function write(locale: string, style: Intl.DateTimeFormatOptions, seconds: number): string {
  const key = `${locale} ${style.dateStyle} ${style.timeStyle}`;
  const format = formats.get(key) ?? new Intl.DateTimeFormat(locale, { ...style, timeZone: 'UTC' });
  formats.set(key, format);
  return format.format(new Date(seconds * 1000));
}
