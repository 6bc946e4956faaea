import type { Client } from '../client.ts';
import { imageUriFault, webPageUriFault } from '../uri.ts';
import { lengthFault, type Rule } from './rule.ts';

/**
 * Characters that make a text read otherwise than it is: controls, bidirectional embeddings, overrides and isolates
 * (Unicode UAX #9), and the invisible ones. Joiners stay, because scripts and emoji need them.
 */
const deceptive =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what is looked for
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/u;
const lineBreak = /[\t\n\r]/;

function displayFault(text: string | null, max: number): string | undefined {
  if (text === null) return undefined;
  if (deceptive.test(text) || !text.isWellFormed()) return 'must not contain control or invisible characters';
  return lengthFault(text, 0, max);
}

/** Rules on what people are shown of a client. */
export const displayRules: readonly Rule[] = [
  {
    name: 'name-is-readable',
    field: 'name',
    source: 'RFC 7591 §5',
    check: ({ name }) => {
      if (name !== null && lineBreak.test(name)) return 'must be one line';
      return displayFault(name, 255);
    },
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
