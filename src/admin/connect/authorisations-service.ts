import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  Code,
  ConnectError,
  type ConnectRouter,
  type HandlerContext,
  type ServiceImpl,
} from '@connectrpc/connect';
import type { Client } from '../../clients/client.ts';
import type { Registry } from '../../clients/registry.ts';
import { auditEntry } from '../../clients/request.ts';
import type { View } from '../../clients/view.ts';
import {
  type AuthorisationSchema,
  AuthorisationsService,
} from '../../gen/xeonr/auth/api/v1/authorisations_service_pb.ts';
import type { AuditOf } from '../../kernel/audit.ts';
import type { Clock, EpochSeconds } from '../../kernel/clock.ts';
import { readUuid } from '../../kernel/random.ts';
import type { LogoUriOf } from '../logo-route.ts';
import { callerOf } from './admission.ts';
import { invalidArgument } from './errors.ts';
import { inDialect } from './in-dialect.ts';
import { writePublicClient, writeTime } from './messages.ts';
import type { FindPerson } from './person.ts';
import { type ConnectClient, createConnectView } from './view.ts';

/** What a person has allowed one client. */
export interface Authorisation {
  readonly id: string;
  readonly clientId: string;
  readonly allowed: { readonly scopes: readonly string[] };
  readonly createdAt: EpochSeconds;
  readonly lastUsedAt: EpochSeconds;
}

/** What people have allowed, and its end. */
export interface Authorisations {
  /** The last used first. */
  readonly listOfAccount: (accountId: string) => Promise<readonly Authorisation[]>;
  /** `absent`: the account has none with this id. */
  readonly end: (id: string, accountId: string, audit: AuditOf) => Promise<'ended' | 'absent'>;
  /** Answers how many there were. */
  readonly endAll: (accountId: string, audit: AuditOf) => Promise<number>;
}

/** What the service is made of. */
export interface AuthorisationsServiceDependencies {
  readonly authorisations: Authorisations;
  readonly registry: Pick<Registry, 'findPublic'>;
  readonly findPerson: FindPerson;
  readonly logoUriOf: LogoUriOf;
  readonly clock: Clock;
}

/** Adds `xeonr.auth.api.v1.AuthorisationsService` to a router. */
export function addAuthorisationsService(
  router: ConnectRouter,
  dependencies: AuthorisationsServiceDependencies,
): void {
  router.service(AuthorisationsService, inDialect(createAuthorisationsService(dependencies)));
}

type Service = Required<ServiceImpl<typeof AuthorisationsService>>;

function createAuthorisationsService(dependencies: AuthorisationsServiceDependencies): Service {
  const { authorisations, registry, findPerson, logoUriOf, clock } = dependencies;
  const view = createConnectView(logoUriOf);
  const auditOf =
    (context: HandlerContext): AuditOf =>
    (action, targetId) =>
      auditEntry(callerOf(context), clock.now(), { action, targetId });

  /** A client that was deleted since the list was read has gone with what it was allowed. */
  const write = async (list: readonly Authorisation[]) => {
    const clients = await registry.findPublic(list.map(({ clientId }) => clientId));
    const known = new Map(clients.map((client) => [client.id, client]));
    return list.flatMap((authorisation) => {
      const client = known.get(authorisation.clientId);
      return client ? [writeAuthorisation(view, authorisation, client)] : [];
    });
  };

  return {
    listAuthorisations: async ({ clientId }, context) => {
      const { account } = await findPerson(context);
      const only = clientId === undefined ? undefined : uuidOf('clientId', clientId);
      const list = await authorisations.listOfAccount(account.id);
      const wanted = only === undefined ? list : list.filter((entry) => entry.clientId === only);
      return { authorisations: await write(wanted) };
    },

    revokeAuthorisation: async ({ authorisationId }, context) => {
      const { account } = await findPerson(context);
      const id = uuidOf('authorisationId', authorisationId);
      const outcome = await authorisations.end(id, account.id, auditOf(context));
      if (outcome === 'absent') throw new ConnectError('there is no such authorisation', Code.NotFound);
      return {};
    },

    revokeAllAuthorisations: async (_request, context) => {
      const { account } = await findPerson(context);
      return { revokedCount: await authorisations.endAll(account.id, auditOf(context)) };
    },
  };
}

function writeAuthorisation(
  view: View<ConnectClient>,
  { id, allowed, createdAt, lastUsedAt }: Authorisation,
  client: Client,
): MessageInitShape<typeof AuthorisationSchema> {
  return {
    authorisationId: id,
    client: writePublicClient(view, client),
    scopes: [...allowed.scopes],
    createdAt: writeTime(createdAt),
    lastUsedAt: writeTime(lastUsedAt),
  };
}

/** @throws ConnectError `invalid_argument` */
function uuidOf(field: string, text: string): string {
  const id = readUuid(text);
  if (id === undefined) throw invalidArgument([{ field, message: 'must be a UUID' }]);
  return id;
}
