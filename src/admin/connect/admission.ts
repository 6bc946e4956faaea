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
import { ClientsService } from '../../gen/xeonr/auth/api/v1/clients_service_pb.ts';
import type { Attempt } from '../../kernel/request-limits.ts';
import type { AuthenticateCaller } from '../caller.ts';
import { requestId } from './request-id.ts';

type MethodName = keyof typeof ClientsService.method;

/** The scope that each method needs; null: anyone may call it. */
const methodScopes: Readonly<Record<MethodName, string | null>> = {
  createClient: 'oauth:clients:manage',
  getClient: 'oauth:clients:read',
  listClients: 'oauth:clients:read',
  updateClient: 'oauth:clients:manage',
  deleteClient: 'oauth:clients:manage',
  regenerateSecret: 'oauth:clients:manage',
  uploadClientLogo: 'oauth:clients:manage',
  getPublicClients: null,
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
    isPublic: (method) => scopeOf(method) === null,
    admit: async (method, header, context, attempt) => {
      const scope = scopeOf(method);
      if (scope === null) return;
      const authorization = header.get('authorization');
      const actor = await authenticate(authorization, attempt);
      if (!actor) throw unauthenticated(authorization === null ? 'Bearer' : 'Bearer error="invalid_token"');
      if (!actor.scopes.has(scope)) throw missingScope(scope);
      context.set(admitted, actor);
    },
  };
}

/** Who calls, for the registry. @throws ConnectError `unauthenticated` in a method that was not admitted to */
export function callerOf({ values }: HandlerContext): Request {
  const actor = values.get(admitted);
  if (actor === null) throw unauthenticated('Bearer');
  return { actor, face: 'connect', requestId: values.get(requestId) };
}

/** Reflection, which only tells what is published, is the one other service. */
function scopeOf({ parent, localName }: DescMethod): string | null {
  return parent.typeName === ClientsService.typeName ? methodScopes[localName as MethodName] : null;
}

/** A challenge names an error only to who sent something (RFC 6750 §3.1). */
function unauthenticated(challenge: string): ConnectError {
  return new ConnectError('a valid access token is needed', Code.Unauthenticated, {
    'www-authenticate': challenge,
  });
}

function missingScope(scope: string): ConnectError {
  const challenge = { 'www-authenticate': `Bearer error="insufficient_scope", scope="${scope}"` };
  return new ConnectError(`the access token lacks the scope ${scope}`, Code.PermissionDenied, challenge);
}
