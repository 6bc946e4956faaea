import assert from 'node:assert/strict';

/** What came back, without being followed. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Where the browser is sent; empty: nowhere. */
  readonly location: string;
}

export type Fields = Readonly<Record<string, string>>;

/** A browser without scripts: it keeps cookies, and follows what it is told to follow. */
export interface TestBrowser {
  /** By name. */
  readonly cookies: Map<string, string>;
  readonly get: (path: string, init?: RequestInit) => Promise<Answer>;
  readonly post: (path: string, fields: Fields, init?: RequestInit) => Promise<Answer>;
  /** Gets a path, and goes wherever this server sends it. */
  readonly visit: (path: string) => Promise<Answer & { readonly path: string }>;
}

/** Makes one that has never been here. */
export function createTestBrowser(origin: string): TestBrowser {
  const cookies = new Map<string, string>();

  const request = async (path: string, init: RequestInit): Promise<Answer> => {
    const cookie = Array.from(cookies, ([name, value]) => `${name}=${value}`).join('; ');
    const headers = { accept: 'text/html', ...(cookie !== '' && { cookie }), ...init.headers };
    const response = await fetch(new URL(path, origin), { redirect: 'manual', ...init, headers });
    for (const setCookie of response.headers.getSetCookie()) keep(setCookie);
    const location = response.headers.get('location') ?? '';
    return { status: response.status, headers: response.headers, text: await response.text(), location };
  };
  const keep = (setCookie: string): void => {
    const [pair = ''] = setCookie.split(';');
    const [name = '', value = ''] = pair.split('=');
    if (setCookie.includes('Max-Age=0')) cookies.delete(name);
    else cookies.set(name, value);
  };
  const get: TestBrowser['get'] = (path, init = {}) => request(path, init);

  return {
    cookies,
    get,
    post: (path, fields, init = {}) =>
      request(path, { method: 'POST', body: new URLSearchParams(fields), ...init }),
    visit: async (path) => {
      let answer = await get(path);
      let at = path;
      for (let hops = 0; answer.location.startsWith('/'); hops += 1) {
        assert.ok(hops < 5, 'the browser is sent in circles');
        at = answer.location;
        answer = await get(at);
      }
      return { ...answer, path: at };
    },
  };
}

/** The hidden fields of the first form of a page. */
export function hiddenFields(html: string): Fields {
  const form = /<form[\s\S]*?<\/form>/.exec(html)?.[0] ?? '';
  const fields = form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g);
  return Object.fromEntries(Array.from(fields, ([, name = '', value = '']) => [name, value]));
}

/** Of a page, the text of its heading. */
export function headingOf(html: string): string {
  const heading = /<h1[^>]*>([\s\S]*?)<\/h1>/.exec(html)?.[1] ?? '';
  return heading.replaceAll(/<[^>]*>/g, '').trim();
}
