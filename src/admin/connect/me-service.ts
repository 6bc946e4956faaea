import type { ConnectRouter } from '@connectrpc/connect';
import { MeService } from '../../gen/xeonr/auth/api/v1/me_service_pb.ts';
import { inDialect } from './in-dialect.ts';
import type { FindPerson } from './person.ts';

/**
 * Adds `xeonr.auth.api.v1.MeService` to a router. Each scope opens what it opens at the userinfo endpoint (OpenID Connect Core §5.4):
 * `profile` the user name, `email` the e-mail address. There is no field that says whether that is verified, and callers know people by it:
 * so one that is not is left out.
 */
export function addMeService(
  router: ConnectRouter,
  { findPerson }: { readonly findPerson: FindPerson },
): void {
  const getMe = async (_request: unknown, context: Parameters<FindPerson>[0]) => {
    const { account, scopes } = await findPerson(context);
    return {
      userId: account.id,
      username: scopes.has('profile') ? account.username : '',
      email: scopes.has('email') && account.emailVerified ? (account.email ?? '') : '',
    };
  };
  router.service(MeService, inDialect({ getMe }));
}
