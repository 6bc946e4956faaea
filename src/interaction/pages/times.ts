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

/**
 * How long it is until something may be tried again, in the words of the language: below a minute to the second, from then on in whole
 * minutes, never fewer than it takes.
 */
export function inAWhile(seconds: number, { texts }: View): string {
  if (seconds < 60) return texts.wait.seconds(count(texts.locale, 'second', seconds));
  return texts.wait.minutes(count(texts.locale, 'minute', Math.ceil(seconds / 60)));
}

function count(locale: string, unit: 'second' | 'minute', amount: number): string {
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(amount);
}

const formats = new Map<string, Intl.DateTimeFormat>();

function write(locale: string, style: Intl.DateTimeFormatOptions, seconds: number): string {
  const key = `${locale} ${style.dateStyle} ${style.timeStyle}`;
  const format = formats.get(key) ?? new Intl.DateTimeFormat(locale, { ...style, timeZone: 'UTC' });
  formats.set(key, format);
  return format.format(new Date(seconds * 1000));
}
