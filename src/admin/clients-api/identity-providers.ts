import { isDeepStrictEqual } from 'node:util';
import { RegistryError } from '../../clients/errors.ts';
import { lineFault } from '../../clients/rules/display.ts';
import {
  type IdentityProvider,
  type IdentityProviderType,
  identityProviderTypes,
} from '../../identity-providers/identity-provider.ts';
import type {
  IdentityProviders,
  IdentityProviderValues,
} from '../../identity-providers/identity-providers.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { JsonObject, JsonValue } from '../../kernel/encoding.ts';
import { createKeyedQueue } from '../../kernel/keyed-queue.ts';
import type { RestCall, RestRoute } from '../rest-route.ts';
import { answerCreated, answerData, answerNothing } from './answers.ts';
import { auditOf } from './audit.ts';
import { protectedError, unprocessable } from './errors.ts';
import { providerOperations } from './identity-provider-operations.ts';
import { providerFields } from './identity-provider-schema.ts';
import { settled } from './outcome.ts';
import { faultsOf, idFault, parseId, type Reading, readFields, resourceOf } from './resource.ts';

/** What the routes of identity providers are made of. */
export interface ProviderRoutesDependencies {
  readonly identityProviders: IdentityProviders;
  readonly clock: Clock;
}

const admission = { scopes: ['identity-providers:manage:all'] } as const;

const all = '/api/identity-providers';
const one = '/api/identity-providers/:id';

/** The routes of `/api/identity-providers`. */
export function createProviderRoutes(deps: ProviderRoutesDependencies): readonly RestRoute[] {
  const { list, create, get, change, remove } = createProviderCalls(deps);
  const operations = providerOperations;
  const routes: readonly Omit<RestRoute, 'admission'>[] = [
    { method: 'GET', path: all, operation: operations.list, answer: answerData(list) },
    { method: 'POST', path: all, operation: operations.create, answer: answerCreated(create) },
    { method: 'GET', path: one, operation: operations.get, answer: answerData(get) },
    { method: 'PUT', path: one, operation: operations.update, answer: answerData(change) },
    { method: 'DELETE', path: one, operation: operations.remove, answer: answerNothing(remove) },
  ];
  return routes.map((route) => ({ ...route, admission }));
}

/** Only other nodes are raced: two tries are rare, many are a fault. */
const mostTries = 8;

/** What the routes do. */
function createProviderCalls({ identityProviders, clock }: ProviderRoutesDependencies) {
  const queue = createKeyedQueue();

  const find = async ({ params }: RestCall): Promise<IdentityProvider> => {
    const id = parseId(params['id']);
    const providers = await identityProviders.current();
    return settled(providers.find(id) ?? 'absent');
  };

  /** One try to change a provider as it was seen. */
  const attempt = async (
    call: RestCall,
    seen: IdentityProvider,
    input: ProviderReading,
  ): Promise<IdentityProvider | 'taken' | 'fixed' | 'conflict'> => {
    if (identityProviders.isFixed(seen.id) && !isSame(seen, input)) throw protectedError();
    const values = checkProvider(seen, input);
    if (isDeepStrictEqual(values, valuesOf(seen))) return seen;
    const audit = auditOf({ ...call, clock }, valuesOf(seen), values);
    return identityProviders.change(seen, values, audit);
  };

  return {
    list: async (): Promise<readonly JsonObject[]> =>
      (await identityProviders.current()).all.map(writeProvider),

    get: async (call: RestCall): Promise<JsonObject> => writeProvider(await find(call)),

    create: async ({ caller, body }: RestCall): Promise<JsonObject> => {
      const values = checkProvider({ id: null, name: '', type: 'internal' }, readProvider(body));
      const audit = auditOf({ caller, clock }, null, values);
      return writeProvider(settled(await identityProviders.create(values, audit)));
    },

    change: async (call: RestCall): Promise<JsonObject> => {
      const input = readProvider(call.body);
      return queue(parseId(call.params['id']), async () => {
        for (let tries = 0; tries < mostTries; tries++) {
          const outcome = await attempt(call, await find(call), input);
          if (outcome !== 'conflict') return writeProvider(settled(outcome));
        }
        throw new RegistryError('contended');
      });
    },

    remove: async (call: RestCall): Promise<void> => {
      const seen = await find(call);
      const audit = auditOf({ ...call, clock }, valuesOf(seen), null);
      settled(await identityProviders.delete(seen.id, audit));
    },
  };
}

function valuesOf({ name, type }: IdentityProviderValues): IdentityProviderValues {
  return { name, type };
}

function writeProvider({ id, name, type }: IdentityProvider): JsonObject {
  return { id, name, type };
}

type ProviderReading = Reading<typeof providerFields>;

function readProvider(body: JsonValue | undefined): ProviderReading {
  return readFields(providerFields, resourceOf(body, 'identity_provider'));
}

/** Whether a request writes back what was read. */
function isSame(seen: IdentityProvider, { values, faults }: ProviderReading): boolean {
  return faults.length === 0 && isDeepStrictEqual({ ...seen, ...values }, seen);
}

/** The provider with what a request says of it. @throws ApiError `UNPROCESSABLE_ENTITY` */
function checkProvider(
  current: IdentityProviderValues & { readonly id: string | null },
  { values, faults }: ProviderReading,
): IdentityProviderValues {
  const name = values.name ?? current.name;
  const type = values.type ?? current.type;
  const found = faultsOf(faults, {
    id: idFault(values.id, current.id),
    name: nameFault(name),
    type: typeFault(type),
  });
  if (found.length > 0) throw unprocessable(found);
  return { name, type: type as IdentityProviderType };
}

function nameFault(name: string): string | undefined {
  return name.trim() === '' ? "can't be blank" : lineFault(name, 255);
}

function typeFault(type: string): string | undefined {
  const isKnown = identityProviderTypes.some((known) => known === type);
  return isKnown ? undefined : `must be ${identityProviderTypes.join(' or ')}`;
}
