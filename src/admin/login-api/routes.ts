import type { CurrentCatalog } from '../../applications/live-catalog.ts';
import { RegistryError } from '../../clients/errors.ts';
import type { Registry } from '../../clients/registry.ts';
import type { ClientRequest } from '../../clients/request.ts';
import type { Clock } from '../../kernel/clock.ts';
import { readUuid } from '../../kernel/random.ts';
import type { RestCall, RestDialect, RestRoute } from '../rest-route.ts';
import { answerLoginError, answerRefusal } from './errors.ts';
import type { FindAccount } from './flow-user.ts';
import { asCreation, readChange } from './input.ts';
import { writeClient, writeOperation, writeSecret } from './mapping.ts';
import { type OperationName, operations, rootPath } from './operations.ts';
import { createLoginView } from './view.ts';

/** What the dialect is made of. */
export interface LoginApiDependencies {
  readonly registry: Registry;
  readonly findAccount: FindAccount;
  readonly currentCatalog: CurrentCatalog;
  readonly clock: Clock;
}

/** Makes the login API: for administrators alone. */
export function createLoginApi(dependencies: LoginApiDependencies): RestDialect {
  const answers: Answers = { ...answersAboutClients(dependencies), ...answersAboutSecrets(dependencies) };
  const names = Object.keys(operations) as OperationName[];
  return {
    face: 'login-api',
    prefixes: [rootPath],
    routes: names.map((name) => ({
      ...operations[name],
      admission: { scopes: ['login'], administrator: true },
      answer: answers[name],
    })),
    refuse: answerRefusal,
    answerError: answerLoginError,
  };
}

type Answers = Readonly<Record<OperationName, RestRoute['answer']>>;

type SecretOperation = 'listLoginClientSecrets' | 'createLoginClientSecret' | 'deleteLoginClientSecret';

function answersAboutClients(dependencies: LoginApiDependencies): Omit<Answers, SecretOperation> {
  const { registry, findAccount, currentCatalog, clock } = dependencies;
  const currentView = async () => createLoginView(await currentCatalog());

  return {
    listLoginClients: async ({ caller }) => {
      const view = await currentView();
      const all = await registry.list(caller);
      const internalFirst = all.toSorted((a, b) => Number(b.internal) - Number(a.internal));
      return { status: 200, body: internalFirst.map((client) => writeClient(view, client)) };
    },

    getLoginClient: async (call) => {
      const { client, secrets } = await registry.describe(aboutClient(call));
      const shown = writeClient(await currentView(), client);
      const user = client.clientCredentialsSubject;
      const withUser = user !== null && { clientCredentialFlowUser: user };
      return {
        status: 200,
        body: { ...shown, censoredClientSecrets: secrets.map(writeSecret), ...withUser },
      };
    },

    createLoginClient: async ({ caller, body }) => {
      const view = await currentView();
      const change = await readChange(view, body, findAccount);
      const { client } = await registry.create({ ...caller, ...asCreation(change) });
      return { status: 201, body: writeClient(view, client) };
    },

    updateLoginClient: async (call) => {
      const request = aboutClient(call);
      const view = await currentView();
      const change = await readChange(view, call.body, findAccount);
      const client = await registry.update({ ...request, ...change });
      return { status: 200, body: writeClient(view, client) };
    },

    deleteLoginClient: async (call) => {
      await registry.remove(aboutClient(call));
      return { status: 200, body: writeOperation('delete-client', clock) };
    },
  };
}

function answersAboutSecrets({ registry, clock }: LoginApiDependencies): Pick<Answers, SecretOperation> {
  return {
    listLoginClientSecrets: async (call) => {
      const { secrets } = await registry.describe(aboutClient(call));
      return { status: 200, body: secrets.map(writeSecret) };
    },

    createLoginClientSecret: async (call) => {
      const created = await registry.addSecret(aboutClient(call));
      return { status: 201, body: { secretText: created.text, ...writeSecret(created) } };
    },

    deleteLoginClientSecret: async (call) => {
      const { fingerprint = '' } = call.params;
      await registry.revokeSecret({ ...aboutClient(call), fingerprint });
      return { status: 200, body: writeOperation('delete-client-secret', clock) };
    },
  };
}

/** @throws RegistryError `not_found` where the path has no UUID */
function aboutClient({ caller, params }: RestCall): ClientRequest {
  const id = readUuid(params['id'] ?? '');
  if (id === undefined) throw new RegistryError('not_found');
  return { ...caller, id };
}
