import type { Source } from './source.ts';

/** What a source file may not do, wherever it stands; with one example, so that the rule is known to see. */
export interface Habit {
  /** Reads after "no source file …" or the like: the name of the test. */
  readonly rule: string;
  /** Files or folders (with a slash at their end) that may. */
  readonly except: readonly string[];
  /** Tests obey it too. */
  readonly inTests?: true;
  readonly breaks: (source: Source) => boolean;
  readonly example: { readonly path: string; readonly text: string };
}

/** Modules that can open connections, and what of them opens none. */
const harmlessNames: Readonly<Record<string, readonly string[]>> = {
  'node:http': ['createServer', 'STATUS_CODES', 'METHODS'],
  'node:https': ['createServer'],
  'node:http2': ['createServer', 'createSecureServer', 'constants'],
  'node:net': ['createServer', 'isIP', 'isIPv4', 'isIPv6', 'BlockList', 'SocketAddress'],
  'node:tls': ['createServer', 'createSecureContext'],
  undici: [],
};

function opensConnections(source: Source): boolean {
  const named = source.imports.some(({ specifier, names }) => {
    const harmless = harmlessNames[specifier];
    return harmless !== undefined && names.some((name) => !harmless.includes(name));
  });
  return (
    named ||
    /\bgetBuiltinModule \( '' \)(?! \. STATUS_CODES\b)|(?<!\. )\bfetch \(|\bglobalThis \. fetch\b/.test(
      source.code,
    )
  );
}

const clockReading =
  /\bDate \. now\b|\bnew Date (?!\()|\bnew Date \( \)|(?<!new )\bDate \(|\bperformance \.|\bhrtime\b|\bTemporal \. Now\b/;

const kebabCase = /^[a-z0-9]+(-[a-z0-9]+)*$/;

export const habits: readonly Habit[] = [
  {
    rule: 'no source file is longer than 400 lines',
    except: ['gen/'],
    inTests: true,
    breaks: ({ lines }) => lines > 400,
    example: { path: 'clients/long.ts', text: '\n'.repeat(401) },
  },
  {
    rule: 'every file and folder of src is named in kebab-case',
    except: ['gen/'],
    inTests: true,
    breaks: ({ path }) =>
      !path
        .replace(/(\.test)?\.ts$/, '')
        .split('/')
        .every((part) => kebabCase.test(part)),
    example: { path: 'clients/redirectUri.ts', text: '' },
  },
  {
    rule: 'no file or folder of src is named utils, helpers, common or misc',
    except: ['gen/'],
    inTests: true,
    breaks: ({ path }) => /\b(utils?|helpers?|common|misc)\b/.test(path),
    example: { path: 'clients/uri-utils.ts', text: '' },
  },
  {
    rule: 'only kernel/clock.ts and kernel/random.ts read the clock',
    except: ['kernel/clock.ts', 'kernel/random.ts', 'gen/'],
    breaks: ({ code }) => clockReading.test(code),
    example: { path: 'clients/registry.ts', text: 'const now = new Date();' },
  },
  {
    rule: 'only config, cli and server.ts read the environment',
    except: ['config/', 'cli/', 'server.ts'],
    breaks: ({ code, imports }) =>
      /\bprocess \. env\b/.test(code) ||
      imports.some(({ specifier, names }) => specifier === 'node:process' && names.includes('env')),
    example: { path: 'http/listen.ts', text: 'const port = process.env.PORT;' },
  },
  {
    rule: 'only egress opens connections to the outside',
    except: ['egress/'],
    breaks: opensConnections,
    example: { path: 'clients/logo.ts', text: "import { request } from 'node:https';" },
  },
  {
    // An import evaluates every export, and with it an HTTP client that costs each start 40 ms and 11 MB: see egress/plain-http.ts.
    rule: 'no source file imports more of node:http than types',
    except: [],
    breaks: ({ imports }) =>
      imports.some(({ specifier, names }) => specifier === 'node:http' && names.length > 0),
    example: { path: 'http/listen.ts', text: "import { STATUS_CODES } from 'node:http';" },
  },
  {
    rule: 'no source file has a default export',
    except: ['gen/'],
    inTests: true,
    breaks: ({ code }) => /\bexport default\b/.test(code),
    example: { path: 'clients/client.ts', text: 'export default 1;' },
  },
];

/** The sources that break `habit`. */
export function findBreaches(habit: Habit, sources: readonly Source[]): readonly string[] {
  return sources
    .filter(({ path }) => habit.inTests === true || !path.endsWith('.test.ts'))
    .filter(
      ({ path }) =>
        !habit.except.some((place) => path === place || (place.endsWith('/') && path.startsWith(place))),
    )
    .filter(habit.breaks)
    .map(({ path }) => `src/${path}: ${habit.rule}`);
}
