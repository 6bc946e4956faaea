import { type Hole, type Html, html } from './html.ts';
import type { AskedScope } from './models.ts';
import { isolated } from './plain-text.ts';
import type { View } from './view.ts';

const longestLabel = 200;

/** What a scope lets a client do: in the words of the language for the standard ones, else in the operator's. */
export function scopeLabel({ name, label }: AskedScope, { texts }: View): Html {
  const standard: Hole = texts.scopes[name] ?? null;
  return standard === null ? isolated(label ?? name, longestLabel) : html`${standard}`;
}
