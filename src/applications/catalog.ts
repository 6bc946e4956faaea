import { createRequire } from 'node:module';
import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import type { JsonObject } from '../kernel/encoding.ts';
import type { Application } from './application.ts';
import { builtInScopes, type Scope } from './scope.ts';

/** The applications and scopes that this server knows. */
export interface Catalog {
  readonly application: (id: string) => Application | undefined;
  readonly applicationBySlug: (slug: string) => Application | undefined;
  readonly scope: (name: string) => Scope | undefined;
  /** All scopes, built-in ones first. */
  readonly scopes: () => readonly Scope[];
  /** Ids of the applications that `accountId` administers. */
  readonly administeredBy: (accountId: string) => ReadonlySet<string>;
  /** What is wrong with `config` as a client's configuration for an application; empty when nothing is. */
  readonly configFaults: (applicationId: string, config: JsonObject) => readonly string[];
}

/** Everything that the operator declares about applications. */
export interface CatalogDeclaration {
  readonly applications: readonly Application[];
  /** General scopes beside the built-in ones. */
  readonly scopes: readonly Scope[];
}

/**
 * Builds the catalog.
 * @throws Error naming the fault when two applications share an id, an audience or a slug, two scopes a name, or a
 * configuration schema is not a JSON Schema
 */
export function createCatalog(declaration: CatalogDeclaration): Catalog {
  const { applications } = declaration;
  const applicationById = uniqueBy(applications, 'application', ({ id }) => id);
  uniqueBy(applications, 'audience', ({ audience }) => audience);
  const slugged = applications.flatMap((entry) => (entry.slug === null ? [] : [{ entry, slug: entry.slug }]));
  const applicationBySlug = uniqueBy(slugged, 'slug', ({ slug }) => slug);
  const scopes = [...builtInScopes, ...declaration.scopes, ...applications.flatMap((entry) => entry.scopes)];
  const scopeByName = uniqueBy(scopes, 'scope', ({ name }) => name);
  const validators = compileSchemas(applications);

  return {
    application: (id) => applicationById.get(id),
    applicationBySlug: (slug) => applicationBySlug.get(slug)?.entry,
    scope: (name) => scopeByName.get(name),
    scopes: () => scopes,
    administeredBy: (accountId) =>
      new Set(applications.filter((entry) => entry.administrators.includes(accountId)).map(({ id }) => id)),
    configFaults: (applicationId, config) => {
      const validate = validators.get(applicationId);
      return !validate || validate(config) ? [] : (validate.errors ?? []).map(describeFault);
    },
  };
}

function uniqueBy<T>(
  entries: readonly T[],
  what: string,
  keyOf: (entry: T) => string,
): ReadonlyMap<string, T> {
  const map = new Map<string, T>();
  for (const entry of entries) {
    const key = keyOf(entry);
    if (map.has(key)) throw new Error(`${what} "${key}" is declared twice`);
    map.set(key, entry);
  }
  return map;
}

const require = createRequire(import.meta.url);

/** Loaded for the first schema: most servers have none. */
function createValidation() {
  const { Ajv2020 } = require('ajv/dist/2020.js') as typeof import('ajv/dist/2020.js');
  return new Ajv2020({ allErrors: true, strict: false, logger: false });
}

function compileSchemas(applications: readonly Application[]): ReadonlyMap<string, ValidateFunction> {
  const validators = new Map<string, ValidateFunction>();
  let ajv: ReturnType<typeof createValidation> | undefined;
  for (const { id, configSchema } of applications) {
    if (configSchema === null) continue;
    ajv ??= createValidation();
    try {
      validators.set(id, ajv.compile(configSchema));
    } catch (error) {
      throw new Error(`application "${id}": configSchema is not a JSON Schema`, { cause: error });
    }
  }
  return validators;
}

function describeFault(fault: ErrorObject): string {
  return `${fault.instancePath || 'the value'} ${fault.message ?? 'is not valid'}`;
}
