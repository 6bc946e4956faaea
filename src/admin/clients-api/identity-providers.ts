import { RegistryError } from '../../clients/errors.ts';
import type { IdentityProvider } from '../../identity-providers/identity-provider.ts';
import type { IdentityProviders } from '../../identity-providers/identity-providers.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { JsonObject } from '../../kernel/encoding.ts';
import { createKeyedQueue } from '../../kernel/keyed-queue.ts';
import { untilSettled } from '../../kernel/until-settled.ts';
import type { RestCall, RestRoute } from '../rest-route.ts';
import { answerCreated, answerData, answerNothing } from './answers.ts';
import { auditOf } from './audit.ts';
import { protectedError } from './errors.ts';
import {
  checkProvider,
  isSameProvider,
  type ProviderReading,
  readProvider,
} from './identity-provider-input.ts';
import { providerOperations } from './identity-provider-operations.ts';
import { auditedProvider, writeProvider } from './identity-provider-view.ts';
import { settled } from './outcome.ts';
import { parseId } from './resource.ts';

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
    if (identityProviders.isFixed(seen.id) && !isSameProvider(seen, input)) throw protectedError();
    if (isSameProvider(seen, input)) return seen;
    const values = checkProvider(seen, input);
    const audit = auditOf({ ...call, clock }, auditedProvider(seen), auditedProvider(values));
    return identityProviders.change(seen, values, audit);
  };

  return {
    list: async (): Promise<readonly JsonObject[]> =>
      (await identityProviders.current()).all.map(writeProvider),

    get: async (call: RestCall): Promise<JsonObject> => writeProvider(await find(call)),

    create: async ({ caller, body }: RestCall): Promise<JsonObject> => {
      const values = checkProvider(null, readProvider(body));
      const audit = auditOf({ caller, clock }, null, auditedProvider(values));
      return writeProvider(settled(await identityProviders.create(values, audit)));
    },

    change: async (call: RestCall): Promise<JsonObject> => {
      const input = readProvider(call.body);
      return queue(parseId(call.params['id']), async () => {
        const outcome = await untilSettled(async () => attempt(call, await find(call), input));
        if (outcome === 'conflict') throw new RegistryError('contended');
        return writeProvider(settled(outcome));
      });
    },

    remove: async (call: RestCall): Promise<void> => {
      const seen = await find(call);
      const audit = auditOf({ ...call, clock }, auditedProvider(seen), null);
      settled(await identityProviders.delete(seen.id, audit));
    },
  };
}
