import type { DescMethod } from '@bufbuild/protobuf';
import {
  Code,
  ConnectError,
  type ContextValues,
  createContextKey,
  type HandlerContext,
} from '@connectrpc/connect';
import type { Actor } from '../../clients/policy.ts';
import type { Request } from '../../clients/request.ts';
import { ServerReflection } from '../../gen/grpc/reflection/v1/reflection_pb.ts';
import { ServerReflection as ServerReflectionAlpha } from '../../gen/grpc/reflection/v1alpha/reflection_pb.ts';
import { ApplicationService } from '../../gen/xeonr/auth/api/v1/application_service_pb.ts';
import { AuthorisationsService } from '../../gen/xeonr/auth/api/v1/authorisations_service_pb.ts';
import { ClientsService } from '../../gen/xeonr/auth/api/v1/clients_service_pb.ts';
import { MeService } from '../../gen/xeonr/auth/api/v1/me_service_pb.ts';
import type { Attempt } from '../../kernel/request-limits.ts';
import { type AuthenticateCaller, challengeTo } from '../caller.ts';
import { requestId } from './request-id.ts';

type MethodsOf<Service extends { readonly method: object }> = Readonly<
  Record<keyof Service['method'], readonly string[] | null>
>;

const clientsMethods: MethodsOf<typeof ClientsService> = {
  createClient: ['oauth:clients:manage'],
  getClient: ['oauth:clients:read'],
  listClients: ['oauth:clients:read'],
  updateClient: ['oauth:clients:manage'],
  deleteClient: ['oauth:clients:manage'],
  regenerateSecret: ['oauth:clients:manage'],
  uploadClientLogo: ['oauth:clients:manage'],
  getPublicClients: null,
};

const authorisationsMethods: MethodsOf<typeof AuthorisationsService> = {
  listAuthorisations: ['oauth:client-authorisations:read'],
  revokeAllAuthorisations: ['oauth:client-authorisations:revoke'],
  revokeAuthorisation: ['oauth:client-authorisations:revoke'],
};

const meMethods: MethodsOf<typeof MeService> = { getMe: ['email', 'profile'] };

const applicationMethods: MethodsOf<typeof ApplicationService> = { getApplication: null };

/** Reflection tells only what is published; of what it asks for there is nothing to guard. */
const reflectionMethods: MethodsOf<typeof ServerReflection> = { serverReflectionInfo: null };

/** The scopes of which each method needs one; null: anyone may call it. What has no row is closed. */
const methodScopes: Readonly<Record<string, Readonly<Record<string, readonly string[] | null>>>> = {
  [ClientsService.typeName]: clientsMethods,
  [AuthorisationsService.typeName]: authorisationsMethods,
  [MeService.typeName]: meMethods,
  [ApplicationService.typeName]: applicationMethods,
  [ServerReflection.typeName]: reflectionMethods,
  [ServerReflectionAlpha.typeName]: reflectionMethods,
};

const admitted = createContextKey<Actor | null>(null, {
  description: 'the caller whose token and scope are proven',
});

/** What is decided of a call by its headers alone, before its body is read. */
export interface Admission {
  /** Whether anyone may call `method`. */
  readonly isPublic: (method: DescMethod) => boolean;
  /**
   * Lets the caller in and notes who it is: a stranger's body is never decompressed, parsed or decoded.
   * @throws ConnectError `unauthenticated`, or `permission_denied` for a missing scope
   * @throws TooManyRequestsError when the caller's client asks too often
   */
  readonly admit: (
    method: DescMethod,
    header: Headers,
    context: ContextValues,
    attempt: Attempt,
  ) => Promise<void>;
}

/** Makes the admission to every service of the face. */
export function createAdmission(authenticate: AuthenticateCaller): Admission {
  return {
    isPublic: (method) => scopesOf(method) === null,
    admit: async (method, header, context, attempt) => {
      const scopes = scopesOf(method);
      if (scopes === null) return;
      const authorization = header.get('authorization');
      const actor = await authenticate(authorization, attempt);
      if (!actor) throw unauthenticated(authorization);
      if (!scopes.some((scope) => actor.scopes.has(scope))) throw missingScope(scopes);
      context.set(admitted, actor);
    },
  };
}

/** Who calls, for the registry. @throws ConnectError `unauthenticated` in a method that was not admitted to */
export function callerOf({ values }: HandlerContext): Request {
  const actor = values.get(admitted);
  if (actor === null) throw unauthenticated(null);
  return { actor, face: 'connect', requestId: values.get(requestId) };
}

/** None of no scopes is enough: a method without a row is nobody's. */
function scopesOf({ parent, localName }: DescMethod): readonly string[] | null {
  const scopes = methodScopes[parent.typeName]?.[localName];
  return scopes === undefined ? [] : scopes;
}

function unauthenticated(authorization: string | null): ConnectError {
  return new ConnectError('a valid access token is needed', Code.Unauthenticated, {
    'www-authenticate': challengeTo(authorization),
  });
}

function missingScope(scopes: readonly string[]): ConnectError {
  const challenge = {
    'www-authenticate': `Bearer error="insufficient_scope", scope="${scopes.join(' ')}"`,
  };
  const text = `the access token lacks the scope ${scopes.join(' or ')}`;
  return new ConnectError(text, Code.PermissionDenied, challenge);
}
