import type { DescService } from '@bufbuild/protobuf';
import { ApplicationService } from '../../gen/xeonr/auth/api/v1/application_service_pb.ts';
import { AuthorisationsService } from '../../gen/xeonr/auth/api/v1/authorisations_service_pb.ts';
import { ClientsService } from '../../gen/xeonr/auth/api/v1/clients_service_pb.ts';
import { MeService } from '../../gen/xeonr/auth/api/v1/me_service_pb.ts';

/** The services of the dialect, which reflection describes. */
export const describedServices: readonly DescService[] = [
  ClientsService,
  AuthorisationsService,
  MeService,
  ApplicationService,
];
