/** Red, green and blue from 0 to 255. */
type Rgb = readonly [number, number, number];

const white: Rgb = [255, 255, 255];
const black: Rgb = [0, 0, 0];

/** Colours of buttons and links, each as `#rrggbb`. */
export interface Accent {
  /** Of the main button. */
  readonly fill: string;
  /** Of the text on it: at least 4.5:1. */
  readonly onFill: string;
  /** The main button under the pointer: text on it is read at least as well. */
  readonly fillHover: string;
  /** Of links, marks and focus: at least 4.5:1 on the ground of the scheme. */
  readonly ink: string;
}

/**
 * The colours that come of a brand's colour on a ground, both `#rrggbb`. Contrast is that of WCAG 2.2 §1.4.3.
 * The fill is the colour itself; the ink is made darker or lighter until it can be read.
 */
export function accentOn(colour: string, ground: string): Accent {
  const fill = parseColour(colour);
  const behind = parseColour(ground);
  const onFill = moreReadable([white, black], fill);
  const away = moreReadable([white, black], behind);
  return {
    fill: writeColour(fill),
    onFill: writeColour(onFill),
    fillHover: writeColour(mix(fill, onFill === white ? black : white, 0.14)),
    ink: writeColour(readableOn(behind, fill, away)),
  };
}

/** How well two colours, `#rrggbb`, can be told apart: 1 to 21. @see WCAG 2.2, contrast ratio */
export function contrast(one: string, other: string): number {
  return ratio(parseColour(one), parseColour(other));
}

const leastContrast = 4.6;

function readableOn(ground: Rgb, colour: Rgb, towards: Rgb): Rgb {
  for (let share = 0; share < 1; share += 0.05) {
    const candidate = mix(colour, towards, share);
    if (ratio(candidate, ground) >= leastContrast) return candidate;
  }
  return towards;
}

function moreReadable([one, other]: readonly [Rgb, Rgb], ground: Rgb): Rgb {
  return ratio(one, ground) >= ratio(other, ground) ? one : other;
}

function ratio(one: Rgb, other: Rgb): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

function luminance([red, green, blue]: Rgb): number {
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

function linear(channel: number): number {
  const value = channel / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

function mix(from: Rgb, to: Rgb, share: number): Rgb {
  const channel = (index: 0 | 1 | 2) => Math.round(from[index] * (1 - share) + to[index] * share);
  return [channel(0), channel(1), channel(2)];
}

function parseColour(text: string): Rgb {
  const [, red, green, blue] = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text) ?? [];
  if (red === undefined || green === undefined || blue === undefined) {
    throw new Error('a colour is not #rrggbb');
  }
  return [Number.parseInt(red, 16), Number.parseInt(green, 16), Number.parseInt(blue, 16)];
}

function writeColour(colour: Rgb): string {
  return `#${colour.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
}
