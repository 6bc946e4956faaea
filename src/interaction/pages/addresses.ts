/** What pages may make of addresses that others have written. */

/** The address as one that a link or an image may have: http or https. Undefined: it is not. */
export function webAddress(text: string | null): URL | undefined {
  if (text === null || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return ['https:', 'http:'].includes(url.protocol) ? url : undefined;
}

/** Schemes with which a link does something here, instead of going somewhere. */
const schemesThatAct = new Set(['javascript:', 'data:', 'vbscript:', 'blob:', 'file:', 'about:']);

/** The address as one that the browser may go on to; of an app, it has a scheme of its own. Undefined: it is not. */
export function destination(text: string | null): URL | undefined {
  if (text === null || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return schemesThatAct.has(url.protocol) ? undefined : url;
}

/** Host and port as people read them; the scheme, where an address has no host. */
export function hostOf(url: URL): string {
  return url.host === '' ? url.protocol.replace(/:$/, '') : url.host;
}
