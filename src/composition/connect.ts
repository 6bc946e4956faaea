import { createAdmission } from '../admin/connect/admission.ts';
import { addClientsService } from '../admin/connect/clients-service.ts';
import {
  type ConnectHandler,
  type ConnectOptions,
  createConnectHandler,
} from '../admin/connect/connect-handler.ts';
import { createGrpcServer, type GrpcServer } from '../admin/connect/grpc-server.ts';
import { addReflection } from '../admin/connect/reflection.ts';
import { createLogoReader } from '../admin/logo-image.ts';
import { createLogoUris } from '../admin/logo-route.ts';
import { ClientsService } from '../gen/xeonr/auth/api/v1/clients_service_pb.ts';
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
  { logger, issuer, registry, observers }: Core,
  { authenticate, limits }: Entry,
): ConnectOptions {
  const logoUriOf = createLogoUris(issuer);
  const readLogo = createLogoReader();
  return {
    logger,
    observer: observers.requests,
    admission: createAdmission(authenticate),
    limits,
    routes: (router) => {
      addClientsService(router, { registry, readLogo, logoUriOf });
      addReflection(router, [ClientsService]);
    },
  };
}
