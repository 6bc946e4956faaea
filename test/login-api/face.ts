import assert from 'node:assert/strict';
import type { JsonObject, JsonValue } from '../../src/kernel/encoding.ts';
import { type Answer, openDocumented, type Send } from '../fixtures/documented-answers.ts';
import type { FaceDriver, NeutralClient, OpenFace, Refusal } from '../registry-scenarios.ts';
import { type CreatedSecret, pathOf, root } from './world.ts';

/** An answer that is an error. */
class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly answer: Answer;

  constructor(answer: Answer) {
    super(`${answer.status} ${answer.text}`);
    this.answer = answer;
  }
}

const kinds: Readonly<Record<number, Refusal['kind']>> = {
  400: 'invalid',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
};

/** The faulty fields, in the order of the neutral words. */
const neutralFields = { name: 'name', redirectUrls: 'redirectUri' } as const;

function refusalOf(error: unknown): Refusal {
  assert.ok(error instanceof RefusedError, String(error));
  const { status, json } = error.answer;
  const message = String((json as JsonObject)['message']);
  const named = Object.entries(neutralFields).filter(([field]) => message.includes(`${field} `));
  const kind = kinds[status];
  assert.ok(kind, error.message);
  return {
    kind: status === 403 && message.startsWith('The client is internal') ? 'protected' : kind,
    fields: named.map(([, neutral]) => neutral),
  };
}

function neutral(json: JsonValue | undefined): NeutralClient {
  const { id, name, redirectUrls } = json as JsonObject;
  const [redirectUri] = redirectUrls as readonly string[];
  return { id: String(id), name: String(name), redirectUri: redirectUri ?? '' };
}

/** The dialect for the face-neutral scenarios. */
export const openLoginApi: OpenFace = async (server, token) =>
  driverOf(await openDocumented(server), token === undefined ? await server.bootstrapToken('login') : token);

function driverOf(send: Send, token: string | null): FaceDriver {
  const call = async (method: string, path: string, body?: object): Promise<JsonValue | undefined> => {
    const answer = await send(method, path, { token, ...(body && { body }) });
    if (answer.status >= 400) throw new RefusedError(answer);
    return answer.json;
  };
  const addSecret = async (id: string) => (await call('POST', pathOf(id, 'client-secret'))) as CreatedSecret;

  return {
    create: async ({ name, redirectUri }) => {
      // The client credentials grant, by which the scenarios see whether a secret is good, comes with a user.
      const body = { name, redirectUrls: [redirectUri], clientCredentialFlowUser: 'admin' };
      const created = neutral(await call('POST', root, body));
      return { ...created, secret: (await addSecret(created.id)).secretText };
    },
    read: async (id) => neutral(await call('GET', pathOf(id))),
    update: async (id, { redirectUri, ...change }) => {
      const redirects = redirectUri !== undefined && { redirectUrls: [redirectUri] };
      return neutral(await call('PUT', pathOf(id), { ...change, ...redirects }));
    },
    writeBack: async (id) => {
      await call('PUT', pathOf(id), (await call('GET', pathOf(id))) as JsonObject);
    },
    list: async () => ((await call('GET', root)) as readonly JsonValue[]).map(neutral),
    remove: async (id) => {
      await call('DELETE', pathOf(id));
    },
    regenerateSecret: async (id) => {
      const before = (await call('GET', pathOf(id, 'client-secret'))) as readonly CreatedSecret[];
      const { secretText } = await addSecret(id);
      for (const { fingerprint } of before) await call('DELETE', pathOf(id, 'client-secret', fingerprint));
      return secretText;
    },
    refusalOf,
  };
}
