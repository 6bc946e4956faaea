import { destination, webAddress } from './addresses.ts';

/** What a page loads, runs and leads to. */
export interface PageNeeds {
  /** Addresses of images; null and anything that is no web address is left out. */
  readonly images: readonly (string | null)[];
  /** Whether the one script of the page, with its nonce, may run. */
  readonly script: 'runs' | 'none';
  /** Addresses that are loaded in frames. */
  readonly frames: readonly string[];
  /**
   * Where forms lead. `nowhere`: there is none. `here`: the answer is a page of ours. Else the answer may send the browser to a
   * client: to any https address, and to the URI given where that is not https.
   */
  readonly forms: 'nowhere' | 'here' | { readonly to: string | undefined };
}

/** The policy that a page is sent with. @see Content Security Policy Level 3 */
export function contentSecurityPolicy(needs: PageNeeds, nonce: string): string {
  const frames = needs.frames.map((uri) => webAddress(uri)).flatMap((url) => (url ? [sourceOf(url)] : []));
  const images = needs.images.map((uri) => webAddress(uri)).flatMap((url) => (url ? [sourceOf(url)] : []));
  return [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    ...(needs.script === 'runs' ? [`script-src 'nonce-${nonce}'`, "connect-src 'none'"] : []),
    directive('img-src', ["'self'", 'data:', ...images]),
    ...(frames.length > 0 ? [directive('frame-src', frames)] : []),
    directive('form-action', formTargets(needs.forms)),
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}

function directive(name: string, sources: readonly string[]): string {
  return [name, ...new Set(sources)].join(' ');
}

/**
 * Chromium holds `form-action` against every address that the answer to a form redirects to, and those that a client redirects to
 * in turn: they cannot be listed. So where a form leads to a client every https address may follow; unencrypted ones only on this
 * machine, and schemes of apps only the one.
 */
function formTargets(forms: PageNeeds['forms']): readonly string[] {
  if (forms === 'nowhere') return ["'none'"];
  if (forms === 'here') return ["'self'"];
  const url = destination(forms.to ?? null);
  if (url === undefined || url.protocol === 'https:') return ["'self'", 'https:'];
  const own = url.protocol === 'http:' ? unencryptedSources(url) : schemeSource(url);
  return ["'self'", 'https:', ...own];
}

function unencryptedSources(url: URL): readonly string[] {
  return plainHost.test(url.hostname) ? [`http://${url.hostname}:*`] : ['http:'];
}

function schemeSource({ protocol }: URL): readonly string[] {
  return /^[a-z][a-z0-9+.-]*:$/.test(protocol) ? [protocol] : [];
}

/** Host names that a policy can name. A URL's may have others, `;` and `,` among them, which would begin another directive. */
const plainHost = /^[a-z0-9._-]+$/;

function sourceOf(url: URL): string {
  return plainHost.test(url.hostname) ? `${url.protocol}//${url.host}` : url.protocol;
}
