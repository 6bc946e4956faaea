import assert from 'node:assert/strict';
import type { JsonObject } from '../../src/kernel/encoding.ts';
import { randomOctets } from '../../src/kernel/random.ts';
import { type Answer, openDocumented, type Send } from '../fixtures/documented-answers.ts';
import type { FaceDriver, NeutralClient, OpenFace, Refusal } from '../registry-scenarios.ts';
import { builtIn, dataOf, ec, errorsOf, listOf, pathOf, type Shown, type ShownClient } from './world.ts';

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
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  422: 'invalid',
};

const neutralFields: Readonly<Record<string, string>> = { name: 'name', redirect_uris: 'redirectUri' };

function refusalOf(error: unknown): Refusal {
  assert.ok(error instanceof RefusedError, String(error));
  const { status, json } = error.answer;
  const kind = kinds[status];
  assert.ok(kind, error.message);
  const isProtected = (json as JsonObject)['message'] === 'The resource is write protected.';
  const fields = Object.keys((errorsOf(error.answer) ?? {}) as JsonObject);
  return {
    kind: isProtected ? 'protected' : kind,
    fields: fields.map((field) => neutralFields[field] ?? field).toSorted(),
  };
}

function neutral({ id, name, redirect_uris: uris }: Shown): NeutralClient {
  const [redirectUri = ''] = uris as readonly string[];
  return { id, name: String(name), redirectUri };
}

/** What the scenarios change, in the words of the dialect. It takes an empty name, and refuses one that is too long. */
function wire({ name, redirectUri }: Partial<NeutralClient>): JsonObject {
  return {
    ...(name !== undefined && { name: name === '' ? 'x'.repeat(256) : name }),
    ...(redirectUri !== undefined && { redirect_uris: [redirectUri] }),
  };
}

/** The dialect for the face-neutral scenarios. */
export const openClientsApi: OpenFace = async (server, token) => {
  const bearer = token === undefined ? await server.bootstrapToken('clients:manage:all') : token;
  return driverOf(await openDocumented(server), bearer);
};

function driverOf(send: Send, token: string | null): FaceDriver {
  const call = async (method: string, path: string, client?: object): Promise<Answer> => {
    const answer = await send(method, path, { token, ...(client && { body: { client } }) });
    if (answer.status >= 400) throw new RefusedError(answer);
    return answer;
  };

  return {
    create: async (fields) => {
      const client = { ...wire(fields), key_pair_type: ec, identity_provider: { id: builtIn.id } };
      const created = dataOf(await call('POST', '/api/clients', client), 201) as ShownClient;
      return { ...neutral(created), secret: created.secret };
    },
    read: async (id) => neutral(dataOf(await call('GET', pathOf(id)))),
    update: async (id, change) => neutral(dataOf(await call('PUT', pathOf(id), wire(change)))),
    writeBack: async (id) => {
      await call('PUT', pathOf(id), dataOf(await call('GET', pathOf(id))));
    },
    list: async () => listOf(await call('GET', '/api/clients')).map(neutral),
    remove: async (id) => {
      await call('DELETE', pathOf(id));
    },
    regenerateSecret: async (id) => {
      const secret = randomOctets(48).toString('base64url');
      const client = dataOf(await call('PUT', pathOf(id), { secret })) as ShownClient;
      assert.equal(client.secret, secret);
      return secret;
    },
    refusalOf,
  };
}
