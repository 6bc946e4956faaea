import { qualityIn } from './locale.ts';

/** Whether an `Accept` header prefers JSON to a page (RFC 9110 §12.5.1): browsers never do. */
export function prefersJson(accept: string | undefined): boolean {
  if (accept === undefined) return false;
  const [page, json] = [weightOf(accept, ['text/html', 'text/*']), weightOf(accept, ['application/json'])];
  return json > page;
}

function weightOf(accept: string, types: readonly string[]): number {
  let weight = 0;
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';');
    if (types.includes(type.trim().toLowerCase())) weight = Math.max(weight, qualityIn(parameters));
  }
  return weight;
}
