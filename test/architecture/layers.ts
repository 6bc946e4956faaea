import { posix } from 'node:path';
import type { Source } from './source.ts';

const foundation = ['kernel'];
const domain = ['clients', 'keys', 'accounts', 'applications', 'identity-providers', 'sessions'];
const engine = [...foundation, ...domain];
const face = ['admin', 'clients', 'accounts', 'applications', 'identity-providers', 'http', 'kernel'];
const belowStorage = [...engine, 'protocol', 'interaction', 'config', 'egress', 'observability'];
const everyone = [...belowStorage, 'http', 'gen', 'storage', 'admin', 'operator'];
const faces = ['admin/native', 'admin/connect', 'admin/login-api', 'admin/clients-api'];

/** Folder (or file) of `src/` → what it may import besides itself. A folder that has no row may not exist. */
export const layers: Readonly<Record<string, readonly string[]>> = {
  kernel: [],
  egress: foundation,
  config: [...foundation, 'accounts', 'applications', 'clients', 'identity-providers'],
  http: foundation,
  observability: foundation,
  gen: [],
  clients: foundation,
  keys: foundation,
  accounts: foundation,
  applications: foundation,
  'identity-providers': foundation,
  sessions: foundation,
  protocol: engine,
  interaction: [...engine, 'protocol'],
  admin: face,
  'admin/native': face,
  'admin/connect': [...face, 'gen'],
  'admin/login-api': face,
  'admin/clients-api': face,
  storage: [...belowStorage, 'gen'],
  operator: [...engine, 'protocol', 'config'],
  composition: [...everyone, ...faces],
  'server.ts': [...everyone, 'composition'],
  cli: [...everyone, 'composition', 'server.ts'],
};

/** The row of the table that a file belongs to: the longest one that is a prefix of its path. */
export function layerOf(path: string): string | undefined {
  const parts = path.split('/');
  const candidates = parts.map((_, index) => parts.slice(0, parts.length - index).join('/'));
  return parts[0] === 'admin' && parts.length > 2
    ? candidates.find((candidate) => faces.includes(candidate))
    : candidates.find((candidate) => candidate in layers);
}

/** What `source` imports from a place that its row does not name. */
export function findForbiddenImports(source: Source): readonly string[] {
  const layer = layerOf(source.path);
  if (layer === undefined) return [`src/${source.path} is in a folder without a row in the table of layers`];
  const allowed = layers[layer] ?? [];
  return source.imports.flatMap(({ specifier }) => {
    if (!specifier.startsWith('.')) return [];
    const target = posix.join(posix.dirname(source.path), specifier);
    const imported = target.startsWith('..') ? undefined : layerOf(target);
    if (imported === layer || (imported !== undefined && allowed.includes(imported))) return [];
    const rule = allowed.length === 0 ? 'nothing of ours' : allowed.join(', ');
    return [`src/${source.path} imports ${specifier}: ${layer} may import ${rule}`];
  });
}
