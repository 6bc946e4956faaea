import { Code, ConnectError, type ConnectRouter } from '@connectrpc/connect';
import type { Application } from '../../applications/application.ts';
import {
  ApplicationService,
  type GetApplicationRequest,
} from '../../gen/xeonr/auth/api/v1/application_service_pb.ts';
import { invalidArgument } from './errors.ts';
import { inDialect } from './in-dialect.ts';

/** What the service is made of. */
export interface ApplicationServiceDependencies {
  readonly findApplication: (slug: string) => Promise<Application | undefined>;
  /** Ids of the identity providers that clients can have. */
  readonly listIdentityProviders: () => Promise<readonly string[]>;
}

const longestSlug = 64;

/** Adds `xeonr.auth.api.v1.ApplicationService` to a router. */
export function addApplicationService(
  router: ConnectRouter,
  { findApplication, listIdentityProviders }: ApplicationServiceDependencies,
): void {
  const getApplication = async ({ slug }: GetApplicationRequest) => {
    if (slug.length < 1 || slug.length > longestSlug) {
      throw invalidArgument([{ field: 'slug', message: `must have 1 to ${longestSlug} characters` }]);
    }
    const application = await findApplication(slug);
    if (application === undefined) throw new ConnectError('there is no such application', Code.NotFound);
    const { id, name, websiteUri } = application;
    const enabledIdps = [...(await listIdentityProviders())];
    return { application: { applicationId: id, name, slug, websiteUrl: websiteUri ?? '', enabledIdps } };
  };
  router.service(ApplicationService, inDialect({ getApplication }));
}
