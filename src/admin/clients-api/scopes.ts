import type { ScopeEntry, Scopes, ScopeValues } from '../../applications/scopes.ts';
import { lineFault } from '../../clients/rules/display.ts';
import type { JsonObject, JsonValue } from '../../kernel/encoding.ts';
import type { RestCall, RestRoute } from '../rest-route.ts';
import { answerCreated, answerData, answerNothing } from './answers.ts';
import { clientsScope } from './clients.ts';
import { unprocessable } from './errors.ts';
import { settled } from './outcome.ts';
import { faultsOf, idFault, parseId, type Reading, readFields, resourceOf } from './resource.ts';
import type { ScopeChanges } from './scope-changes.ts';
import { scopeOperations } from './scope-operations.ts';
import { scopeFields } from './scope-schema.ts';

/** What the routes of scopes are made of. */
export interface ScopeRoutesDependencies {
  readonly scopes: Pick<Scopes, 'list' | 'find'>;
  readonly changes: ScopeChanges;
}

const scopesScope = 'scopes:manage:all';
const reading = { scopes: [scopesScope, clientsScope] } as const;
const writing = { scopes: [scopesScope] } as const;

const all = '/api/scopes';
const one = '/api/scopes/:id';

/** The routes of `/api/scopes`. */
export function createScopeRoutes(deps: ScopeRoutesDependencies): readonly RestRoute[] {
  const { list, create, get, change, remove } = createScopeCalls(deps);
  const operations = scopeOperations;
  return [
    { method: 'GET', path: all, admission: reading, operation: operations.list, answer: answerData(list) },
    {
      method: 'POST',
      path: all,
      admission: writing,
      operation: operations.create,
      answer: answerCreated(create),
    },
    { method: 'GET', path: one, admission: reading, operation: operations.get, answer: answerData(get) },
    {
      method: 'PUT',
      path: one,
      admission: writing,
      operation: operations.update,
      answer: answerData(change),
    },
    {
      method: 'DELETE',
      path: one,
      admission: writing,
      operation: operations.remove,
      answer: answerNothing(remove),
    },
  ];
}

/** What the routes do. */
function createScopeCalls({ scopes, changes }: ScopeRoutesDependencies) {
  return {
    list: async (): Promise<readonly JsonObject[]> => (await scopes.list()).map(writeScope),

    create: async ({ caller, body }: RestCall): Promise<JsonObject> => {
      const values = checkScope({ id: null, name: '', label: null, public: false }, readScope(body));
      return writeScope(settled(await changes.create(caller, values)));
    },

    get: async ({ params }: RestCall): Promise<JsonObject> => {
      const found = await scopes.find(parseId(params['id']));
      return writeScope(settled(found ?? 'absent'));
    },

    change: async ({ caller, params, body }: RestCall): Promise<JsonObject> => {
      const id = parseId(params['id']);
      const input = readScope(body);
      const edit = (current: ScopeEntry): ScopeValues => checkScope(current, input);
      return writeScope(settled(await changes.change(caller, id, edit)));
    },

    remove: async ({ caller, params }: RestCall): Promise<void> => {
      settled(await changes.remove(caller, parseId(params['id'])));
    },
  };
}

function writeScope({ id, name, label, public: isPublic }: ScopeEntry): JsonObject {
  return { id, name, label, public: isPublic };
}

type ScopeReading = Reading<typeof scopeFields>;

function readScope(body: JsonValue | undefined): ScopeReading {
  return readFields(scopeFields, resourceOf(body, 'scope'));
}

/** The scope with what a request says of it. @throws ApiError `UNPROCESSABLE_ENTITY` */
function checkScope(
  current: ScopeValues & { readonly id: string | null },
  { values, faults }: ScopeReading,
): ScopeValues {
  const name = values.name ?? current.name;
  const label = values.label === undefined ? current.label : values.label;
  const isKept = name === current.name;
  const found = faultsOf(faults, {
    id: idFault(values.id, current.id),
    name: nameFault(name) ?? (isKept ? undefined : reservationFault(name)),
    label: lineFault(label, 255),
  });
  if (found.length > 0) throw unprocessable(found);
  return { name, label, public: values.public ?? current.public };
}

/** Names that scopes for the administration of a server have, also those of a later version. */
const reservedNames = /:manage:all$|^oauth:|^admin$|^admin:/;

function reservationFault(name: string): string | undefined {
  return reservedNames.test(name) ? 'is reserved' : undefined;
}

/** @see RFC 6749 Appendix A.4 */
function nameFault(name: string): string | undefined {
  if (name === '') return "can't be blank";
  if (name.length > 128) return 'must be at most 128 characters';
  return /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(name) ? undefined : 'is invalid';
}
