import { qualityIn } from './locale.ts';

/** Whether an `Accept` header prefers JSON to a page (RFC 9110 §12.5.1): browsers never do. */
export function prefersJson(accept: string | undefined): boolean {
  return leaningOf(accept) < 0;
}

/** Whether an `Accept` header prefers a page to JSON: browsers do where a person goes to an address, and programs that take anything do not. */
export function prefersPage(accept: string | undefined): boolean {
  return leaningOf(accept) > 0;
}

/** More than 0: to a page. Less: to JSON. */
function leaningOf(accept = ''): number {
  return weightOf(accept, ['text/html', 'text/*']) - weightOf(accept, ['application/json']);
}

function weightOf(accept: string, types: readonly string[]): number {
  let weight = 0;
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';');
    if (types.includes(type.trim().toLowerCase())) weight = Math.max(weight, qualityIn(parameters));
  }
  return weight;
}
