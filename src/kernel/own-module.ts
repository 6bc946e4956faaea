import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/**
 * The address of a module of ours that is not imported: of its source, or of what it was compiled to in a published package.
 *
 * @param from the address of the module that asks, `import.meta.url`
 * @param source relative to `from`, as in an import
 */
export function ownModuleUrl(from: string, source: `./${string}.ts`): URL {
  return new URL(from.endsWith('.ts') ? source : source.replace(/\.ts$/, '.js'), from);
}

/** Loads it at once, for what cannot wait for `import()`. The second time it is at hand. */
export function requireOwnModule(from: string, source: `./${string}.ts`): unknown {
  return createRequire(from)(fileURLToPath(ownModuleUrl(from, source)));
}
