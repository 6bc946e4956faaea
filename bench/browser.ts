/** An answer to a browser. */
export interface PageAnswer {
  readonly status: number;
  readonly location: URL | null;
  readonly text: string;
}

/** As much of a browser as signing in takes: cookies and forms. */
export interface Browser {
  readonly open: (url: URL) => Promise<PageAnswer>;
  /** Sends the first form of a page, with what `fields` add. */
  readonly submit: (page: URL, text: string, fields: Readonly<Record<string, string>>) => Promise<PageAnswer>;
  /** What it would send to `url`. */
  readonly cookies: () => string;
}

/** Makes a browser without any cookie. It follows no redirect. */
export function createBrowser(): Browser {
  const jar = new Map<string, string>();
  const cookies = () => Array.from(jar, ([name, value]) => `${name}=${value}`).join('; ');

  const send = async (url: URL, init: RequestInit): Promise<PageAnswer> => {
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      headers: { cookie: cookies(), accept: 'text/html' },
    });
    for (const line of response.headers.getSetCookie()) keepCookie(jar, line);
    const location = response.headers.get('location');
    return {
      status: response.status,
      location: location === null ? null : new URL(location, url),
      text: await response.text(),
    };
  };

  return {
    cookies,
    open: (url) => send(url, {}),
    submit: (page, text, fields) => {
      const [form = ''] = /<form[\s\S]*?<\/form>/.exec(text) ?? [];
      const body = new URLSearchParams({ ...hiddenFields(form), ...fields });
      return send(new URL(attribute(form, 'action') ?? '', page), { method: 'POST', body });
    },
  };
}

function keepCookie(jar: Map<string, string>, line: string): void {
  const [pair = ''] = line.split(';');
  const separator = pair.indexOf('=');
  const [name, value] = [pair.slice(0, separator), pair.slice(separator + 1)];
  if (value === '') jar.delete(name);
  else jar.set(name, value);
}

function hiddenFields(form: string): Record<string, string> {
  const inputs = [...form.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([input]) => input);
  return Object.fromEntries(
    inputs.map((input) => [attribute(input, 'name') ?? '', attribute(input, 'value') ?? '']),
  );
}

function attribute(tag: string, name: string): string | undefined {
  return new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1]?.replaceAll('&amp;', '&');
}
