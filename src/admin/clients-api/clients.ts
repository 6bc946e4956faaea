import type { RestRoute } from '../rest-route.ts';
import { answerCreated, answerData, answerNothing } from './answers.ts';
import { type ClientRoutesDependencies, createClientCalls } from './client-calls.ts';
import { clientOperations } from './client-operations.ts';

/** The scope that opens every client to its bearer. */
export const clientsScope = 'clients:manage:all';

const all = '/api/clients';
const one = '/api/clients/:client_id';

/** The routes of `/api/clients`. */
export function createClientRoutes(deps: ClientRoutesDependencies): readonly RestRoute[] {
  const { list, create, get, update, renew, remove } = createClientCalls(deps);
  const pathOf = ({ id }: { readonly id: string }): string => `${all}/${id}`;
  const routes: readonly Omit<RestRoute, 'admission'>[] = [
    { method: 'GET', path: all, operation: clientOperations.list, answer: answerData(list) },
    { method: 'POST', path: all, operation: clientOperations.create, answer: answerCreated(create, pathOf) },
    { method: 'GET', path: one, operation: clientOperations.get, answer: answerData(get) },
    { method: 'PUT', path: one, operation: clientOperations.put, answer: answerData(update) },
    { method: 'PATCH', path: one, operation: clientOperations.patch, answer: answerData(update) },
    { method: 'DELETE', path: one, operation: clientOperations.remove, answer: answerNothing(remove) },
    {
      method: 'POST',
      path: `${one}/regenerate_did`,
      operation: clientOperations.regenerateDid,
      answer: answerData((call) => renew(call, 'did')),
    },
    {
      method: 'POST',
      path: `${one}/regenerate_key_pair`,
      operation: clientOperations.regenerateKeyPair,
      answer: answerData((call) => renew(call, 'key-pair')),
    },
  ];
  return routes.map((route) => ({ ...route, admission: { scopes: [clientsScope] } }));
}
