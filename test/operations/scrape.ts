import assert from 'node:assert/strict';

/** A line of the text format: a name, its labels and a value. */
export interface Line {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const form = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? ([0-9.e+-]+|NaN|[+-]Inf)$/;

/** Reads the text format of Prometheus; a line that is not of it fails the test. */
export function parseLines(text: string): readonly Line[] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('# '));
  return lines.map((line) => {
    const [, name = '', labels = '', value] = form.exec(line) ?? assert.fail(line);
    const pairs = [...labels.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)];
    return {
      name,
      labels: Object.fromEntries(pairs.map(([, label, text]) => [label, text])),
      value: Number(value),
    };
  });
}

/** What one scrape has answered. */
export interface Scrape {
  readonly text: string;
  readonly lines: readonly Line[];
  /** The value of the line with this name and (at least) these labels; 0 where there is none. */
  readonly measured: (name: string, labels?: Readonly<Record<string, string>>) => number;
}

/** Reads the metrics of a server. */
export async function scrape({ port }: { readonly port: number }): Promise<Scrape> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  assert.equal(response.status, 200);
  const text = await response.text();
  const lines = parseLines(text);
  return {
    text,
    lines,
    measured: (name, labels = {}) => {
      const wanted = Object.entries(labels);
      const found = lines.filter(
        (line) => line.name === name && wanted.every(([label, value]) => line.labels[label] === value),
      );
      return found.reduce((sum, { value }) => sum + value, 0);
    },
  };
}

/** Reads the metrics until they say what is waited for: a request is counted once its connection has the answer, which the caller may see first. */
export async function scrapeUntil(
  server: { readonly port: number },
  isThere: (scrape: Scrape) => boolean,
): Promise<Scrape> {
  for (;;) {
    const found = await scrape(server);
    if (isThere(found)) return found;
  }
}
