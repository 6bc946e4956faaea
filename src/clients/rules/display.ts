import type { Client } from '../client.ts';
import { imageUriFault, webPageUriFault } from '../uri.ts';
import { lengthFault, type Rule } from './rule.ts';

/**
 * Characters that make a text read otherwise than it is: controls, line and paragraph separators, bidirectional controls
 * (Unicode UAX #9) and everything invisible. Joiners and variation selectors stay, because scripts and emoji need them.
 */
const deceptive =
  /[[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]--[\t\n\r\u200c\u200d\p{Variation_Selector}]]/v;
const lineBreak = /[\t\n\r]/;

function displayFault(text: string | null, max: number): string | undefined {
  if (text === null) return undefined;
  if (deceptive.test(text) || !text.isWellFormed()) return 'must not contain control or invisible characters';
  return lengthFault(text, 0, max);
}

/** What is wrong with `text` as one line of at most `max` characters that people read; null is none. */
export function lineFault(text: string | null, max: number): string | undefined {
  return text !== null && lineBreak.test(text) ? 'must be one line' : displayFault(text, max);
}

/** Rules on what people are shown of a client. */
export const displayRules: readonly Rule[] = [
  {
    name: 'name-is-readable',
    field: 'name',
    source: 'RFC 7591 §5',
    check: ({ name }) => lineFault(name, 255),
  },
  {
    name: 'description-is-readable',
    field: 'description',
    source: 'RFC 7591 §5',
    check: ({ description }) => displayFault(description, 1024),
  },
  {
    name: 'website-is-a-web-page',
    field: 'websiteUri',
    source: 'RFC 7591 §2 client_uri',
    check: ({ websiteUri }) => (websiteUri === null ? undefined : webPageUriFault(websiteUri)),
  },
  {
    name: 'logo-is-https',
    field: 'logo',
    source: 'RFC 7591 §2 logo_uri',
    check: ({ logo }: Client) => (logo?.kind === 'external' ? imageUriFault(logo.uri) : undefined),
  },
];
