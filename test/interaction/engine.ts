import type { Client } from '../../src/clients/client.ts';
import type { ClientStore } from '../../src/clients/store.ts';
import type {
  AuthorizationEndpoint,
  AuthorizationOutcome,
  AuthorizationResponse,
  Visitor,
} from '../../src/protocol/authorization/authorization-outcome.ts';
import type {
  AuthorizationRequest,
  Prompt,
  ResponseMode,
} from '../../src/protocol/authorization/authorization-request.ts';
import { askedBy, covers } from '../../src/protocol/authorization/consent.ts';
import type { Consents } from '../../src/protocol/authorization/consents.ts';

import { UnprovenRequestError } from '../../src/protocol/authorization/unproven-request.ts';
import { providerIdOf } from '../../src/protocol/client-provider.ts';
import type { Form } from '../../src/protocol/form.ts';
import type { Session } from '../../src/sessions/session.ts';
import type { Stores } from '../../src/storage/storage.ts';
import { someTime } from '../fixtures/storage-entries.ts';

/** An authorization endpoint that knows just enough to lead people through every page. */
export function createEngine(stores: Pick<Stores, 'clients' | 'consents'>): AuthorizationEndpoint {
  return {
    async answer(form, visitor) {
      const client = await proveClient(form, stores.clients);
      const request = requestOf(form, client);
      const session = sessionFor(request, visitor);
      const { progress } = visitor;
      if (progress.denied) return respond(request, { error: 'access_denied' });
      if (session === undefined) return askToSignIn(request, visitor);
      if (request.prompts.has('select_account') && progress.sessionId === null) {
        return ask({ prompt: 'select_account', request, sessions: visitor.sessions });
      }
      const consent = (await stores.consents.find(client.id, session.accountId)) ?? null;
      const isAllowed = consent !== null && covers(consent, askedBy(request));
      if (!isAllowed && !client.internal) return ask({ prompt: 'consent', request, session, consent });
      return respond(request, { code: `for ${session.accountId}` });
    },
  };
}

/** What people allow, kept as it comes. */
export function createConsentKeeper(stores: Pick<Stores, 'consents'>): Pick<Consents, 'allow'> {
  return {
    async allow({ client, accountId, asked }) {
      const now = someTime;
      const consent = {
        id: `${client.id} ${accountId}`,
        clientId: client.id,
        accountId,
        revision: 1,
        allowed: asked,
        createdAt: now,
        lastUsedAt: now,
      };
      return (await stores.consents.insert(consent)) === 'gone' ? 'gone' : consent;
    },
  };
}

async function proveClient(form: Form, clients: Pick<ClientStore, 'load'>): Promise<Client> {
  const stored = await clients.load(form.get('client_id') ?? '');
  if (stored === undefined || !stored.client.enabled) {
    throw new UnprovenRequestError('Invalid client_id', 'There is no such client.');
  }
  if (!stored.client.redirectUris.includes(form.get('redirect_uri') ?? '')) {
    throw new UnprovenRequestError('Invalid redirect_uri', 'The client has not registered this URI.');
  }
  return stored.client;
}

function requestOf(form: Form, client: Client): AuthorizationRequest {
  const prompts = form.get('prompt')?.split(' ') ?? [];
  return {
    client,
    target: {
      redirectUri: form.get('redirect_uri') ?? '',
      mode: (form.get('response_mode') ?? 'query') as ResponseMode,
      state: form.get('state') ?? null,
    },
    redirectUriGiven: true,
    responseType: new Set(['code']),
    isOpenId: true,
    scopes: client.allowedScopes ?? ['openid'],
    audience: ['http://localhost'],
    codeChallenge: null,
    nonce: null,
    prompts: new Set(prompts as Prompt[]),
    maxAge: null,
    loginHint: form.get('login_hint') ?? null,
    hintedSubject: null,
    acrValues: [],
    claims: { userinfo: { birthdate: null }, id_token: {} },
    uiLocales: [],
    display: 'page',
  };
}

function sessionFor(request: AuthorizationRequest, { sessions, progress }: Visitor): Session | undefined {
  const counting = sessions.filter((session) => session.identityProviderId === providerIdOf(request.client));
  if (progress.sessionId !== null) return counting.find(({ id }) => id === progress.sessionId);
  return request.prompts.has('login') ? undefined : counting[0];
}

function askToSignIn(request: AuthorizationRequest, { sessions }: Visitor): AuthorizationOutcome {
  if (request.prompts.has('none')) return respond(request, { error: 'login_required' });
  const prompt = request.prompts.has('create') ? 'create' : 'login';
  return ask({ prompt, request, session: sessions[0] ?? null });
}

type Need = Extract<AuthorizationOutcome, { kind: 'interaction' }>['need'];

function ask(need: Need): AuthorizationOutcome {
  return { kind: 'interaction', need };
}

function respond(
  { target }: AuthorizationRequest,
  parameters: AuthorizationResponse['parameters'],
): AuthorizationOutcome {
  const state = target.state === null ? {} : { state: target.state };
  return { kind: 'response', response: { target, parameters: { ...parameters, ...state } } };
}
