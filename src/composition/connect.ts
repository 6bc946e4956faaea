import { createAdmission } from '../admin/connect/admission.ts';
import { addApplicationService } from '../admin/connect/application-service.ts';
import { addAuthorisationsService } from '../admin/connect/authorisations-service.ts';
import { addClientsService } from '../admin/connect/clients-service.ts';
import {
  type ConnectHandler,
  type ConnectOptions,
  createConnectHandler,
} from '../admin/connect/connect-handler.ts';
import { createGrpcServer, type GrpcServer } from '../admin/connect/grpc-server.ts';
import { addMeService } from '../admin/connect/me-service.ts';
import { createFindPerson } from '../admin/connect/person.ts';
import { addReflection } from '../admin/connect/reflection.ts';
import { describedServices } from '../admin/connect/services.ts';
import { createLogoReader } from '../admin/logo-image.ts';
import { createLogoUris } from '../admin/logo-route.ts';
import type { Entry } from './administration.ts';
import type { Core } from './core.ts';

/** The Connect dialect on the main port. */
export function openConnect(core: Core, entry: Entry): ConnectHandler {
  return createConnectHandler(connectOptions(core, entry));
}

/** The same on a port of its own. */
export function openGrpc(core: Core, entry: Entry): GrpcServer {
  const { trustedProxies } = core.configuration;
  return createGrpcServer({ ...connectOptions(core, entry), trustedProxies });
}

function connectOptions(
  { logger, issuer, registry, observers, storage, endings, currentCatalog, identityProviders, clock }: Core,
  { authenticate, limits }: Entry,
): ConnectOptions {
  const logoUriOf = createLogoUris(issuer);
  const readLogo = createLogoReader();
  const { stores } = storage;
  const findPerson = createFindPerson(stores.accounts.load);
  return {
    logger,
    observer: observers.requests,
    admission: createAdmission(authenticate),
    limits,
    routes: (router) => {
      addClientsService(router, { registry, readLogo, logoUriOf });
      addAuthorisationsService(router, {
        authorisations: {
          listOfAccount: stores.consents.listOfAccount,
          end: endings.endConsent,
          endAll: endings.endConsents,
        },
        registry,
        findPerson,
        logoUriOf,
        clock,
      });
      addMeService(router, { findPerson });
      addApplicationService(router, {
        findApplication: async (slug) => (await currentCatalog()).applicationBySlug(slug),
        listIdentityProviders: async () => (await identityProviders.current()).all.map(({ id }) => id),
      });
      addReflection(router, describedServices);
    },
  };
}
