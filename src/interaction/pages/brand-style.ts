import { type Accent, accentOn } from './colours.ts';
import { type Html, trusted } from './html.ts';
import type { Brand } from './models.ts';
import { grounds, styleSheet } from './style-sheet.ts';

const defaultColour = '#2f55d4';

const known = new WeakMap<Brand, Html>();

/** The content of the `style` element: the style sheet in the colours of a brand. */
export function styleOf(brand: Brand): Html {
  const style = known.get(brand) ?? writeStyle(brandColour(brand));
  known.set(brand, style);
  return style;
}

/** The colour that the operator chose, or the one of whoever chose none. */
export function brandColour(brand: Brand): string {
  return brand.color ?? defaultColour;
}

function writeStyle(colour: string): Html {
  const light = variables(accentOn(colour, grounds.light));
  const dark = variables(accentOn(colour, grounds.dark));
  return trusted(`:root{${light}}@media (prefers-color-scheme:dark){:root{${dark}}}${styleSheet}`);
}

/** The fill has an edge in the colour of the ink, so that it is seen on a ground of its own colour. */
function variables({ fill, onFill, fillHover, ink }: Accent): string {
  return `--fill:${fill};--on-fill:${onFill};--fill-hover:${fillHover};--fill-edge:${ink};--ink:${ink};`;
}
