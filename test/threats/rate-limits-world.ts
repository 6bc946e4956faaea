import type { TestContext } from 'node:test';
import { Code, ConnectError, createClient, type Transport } from '@connectrpc/connect';
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from '@connectrpc/connect-node';
import type { Environment } from '../../src/config/environment.ts';
import { ClientsService } from '../../src/gen/xeonr/auth/api/v1/clients_service_pb.ts';
import { declaring } from '../connect/world.ts';
import { openDocumented } from '../fixtures/documented-answers.ts';
import { bootstrap, startTestServer, type TestServer } from '../fixtures/running-server.ts';
import { administrationScopes, formRoutes } from './attack.ts';

/** A server behind a proxy on this machine, whose limits the test sets. */
export interface World {
  readonly server: TestServer;
  /** Lets time pass for the limits. */
  readonly pass: (seconds: number) => void;
  readonly doors: Readonly<Record<string, Door>>;
}

/** One way in that is limited. */
export interface Door {
  /** Uses it from an address, rightly or with credentials that prove nothing. */
  readonly use: (from: string, credentials: 'right' | 'wrong') => Promise<Outcome>;
  /** What callers prove themselves with. */
  readonly proof: 'secret' | 'token';
  /** How it tells that there were too many. */
  readonly tooMany: string;
}

/** What came of a request. */
export interface Outcome {
  /** `ok`, or the code of the refusal with its status where it has one. */
  readonly result: string;
  readonly retryAfter: string | null;
  /** All of the answer, headers too. */
  readonly text: string;
}

/** Opens a world with these limits, and what else its operator says. */
export async function open(
  context: Pick<TestContext, 'after'>,
  rateLimits: object,
  { env = {}, declarations = {} }: { readonly env?: Environment; readonly declarations?: object } = {},
): Promise<World> {
  const clock = { now: 1_000_000 };
  const server = await startTestServer(context, {
    env: {
      CLIENTELE_TRUSTED_PROXIES: '127.0.0.1',
      ...env,
      ...declaring(context, { ...declarations, server: { rateLimits } }),
    },
    milliseconds: () => clock.now,
  });
  return {
    server,
    pass: (seconds) => {
      clock.now += seconds * 1000;
    },
    doors: await openDoors(server),
  };
}

async function openDoors(server: TestServer): Promise<World['doors']> {
  const token = await server.bootstrapToken(administrationScopes);
  const send = await openDocumented(server);
  const rest = (path: string): Door['use'] => {
    return async (from, credentials) => {
      const headers = { 'x-forwarded-for': from };
      const bearer = credentials === 'right' ? token : wrongToken;
      const { status, headers: answered, text } = await send('GET', path, { token: bearer, headers });
      return outcomeOf(status, answered, text);
    };
  };
  const baseUrl = server.issuer;
  const grpcPort = `http://127.0.0.1:${server.grpcPort}`;
  const forms = formRoutes.map((path): [string, Door] => [
    path,
    { use: useForm(server, path), proof: 'secret', tooMany: '429 temporarily_unavailable' },
  ]);
  return {
    ...Object.fromEntries(forms),
    'login API': { use: rest('/auth/api/login/client'), proof: 'token', tooMany: '429 Too Many Requests' },
    'clients API': { use: rest('/api/clients'), proof: 'token', tooMany: '429 TOO_MANY_REQUESTS' },
    Connect: useService(token, (options) =>
      createConnectTransport({ ...options, baseUrl, httpVersion: '1.1' }),
    ),
    'gRPC-Web': useService(token, (options) =>
      createGrpcWebTransport({ ...options, baseUrl, httpVersion: '1.1' }),
    ),
    'gRPC on its own port': useService(token, (options) =>
      createGrpcTransport({ ...options, baseUrl: grpcPort }),
    ),
  };
}

/** What a stranger tries. */
export const wrongSecret = 'wrong-secret-of-a-stranger';
const wrongToken = 'wrong.token.of-a-stranger';

/** Sends what each endpoint takes, as the bootstrap client. */
function useForm({ issuer }: TestServer, path: string): Door['use'] {
  return async (from, credentials) => {
    const secret = credentials === 'right' ? bootstrap.secret : wrongSecret;
    const response = await fetch(issuer + path, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${bootstrap.id}:${secret}`)}`, 'x-forwarded-for': from },
      body: new URLSearchParams({ grant_type: 'client_credentials', token: 'none' }),
    });
    return outcomeOf(response.status, response.headers, await response.text());
  };
}

/** The endpoints of forms refuse the bootstrap client for lack of a grant, which is beyond every limit. */
const admitted: ReadonlySet<string> = new Set(['unauthorized_client']);

/** What an answer over HTTP came to. */
export function outcomeOf(status: number, headers: Headers, text: string): Outcome {
  const body = text === '' ? {} : JSON.parse(text);
  const code = body.error ?? body.code;
  const isOk = status < 400 || admitted.has(code);
  return {
    result: isOk ? 'ok' : `${status} ${code}`,
    retryAfter: headers.get('retry-after'),
    text: JSON.stringify([...headers, text]),
  };
}

type TransportOptions = Required<Pick<Parameters<typeof createGrpcTransport>[0], 'interceptors'>>;

function useService(token: string, connect: (options: TransportOptions) => Transport): Door {
  return {
    proof: 'token',
    tooMany: 'ResourceExhausted',
    use: async (from, credentials) => {
      const transport = connect({
        interceptors: [
          (next) => (request) => {
            request.header.set('x-forwarded-for', from);
            request.header.set('authorization', `Bearer ${credentials === 'right' ? token : wrongToken}`);
            return next(request);
          },
        ],
      });
      try {
        await createClient(ClientsService, transport).listClients({});
        return { result: 'ok', retryAfter: null, text: '' };
      } catch (error) {
        if (!(error instanceof ConnectError)) throw error;
        const { code, metadata, message } = error;
        const text = JSON.stringify([...metadata, message]);
        return { result: Code[code], retryAfter: metadata.get('retry-after'), text };
      }
    },
  };
}
