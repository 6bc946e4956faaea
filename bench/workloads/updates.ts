import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { fetchJson } from '../fetch-json.ts';
import { basic, writeRequest } from '../requests.ts';
import { bootstrap, originAt } from '../setting.ts';
import { connectionCount, type Target, type Workload } from '../workload.ts';

/** How one dialect is told to give a client another name. */
export interface UpdateDialect {
  readonly name: string;
  readonly method: 'POST' | 'PUT';
  readonly pathOf: (id: string) => string;
  readonly bodyOf: (id: string, name: string) => object;
}

const connectService = '/xeonr.auth.api.v1.ClientsService';

/** The three dialects. */
export const updateDialects = {
  connect: {
    name: 'Connect',
    method: 'POST',
    pathOf: () => `${connectService}/UpdateClient`,
    bodyOf: (clientId, name) => ({ clientId, updateMask: 'name', name }),
  },
  loginApi: {
    name: 'login API',
    method: 'PUT',
    pathOf: (id) => `/auth/api/login/client/${id}`,
    bodyOf: (_id, name) => ({ name }),
  },
  clientsApi: {
    name: 'clients API',
    method: 'PUT',
    pathOf: (id) => `/api/clients/${id}`,
    bodyOf: (_id, name) => ({ client: { name } }),
  },
} as const satisfies Readonly<Record<string, UpdateDialect>>;

/** Clients that are there to be changed, and who may. */
export interface Registered {
  readonly port: number;
  readonly ids: readonly string[];
  readonly token: string;
  readonly database: string;
}

const clientsPerConnection = 2;

/** Registers the clients that every dialect then changes. */
export async function registerClients({ port, paths }: Target, database: string): Promise<Registered> {
  const origin = originAt(port);
  const { access_token: token } = (await fetchJson(origin + paths.token, {
    method: 'POST',
    headers: { authorization: basic(bootstrap) },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      scope: 'oauth:clients:manage clients:manage:all login admin',
    }),
  })) as { readonly access_token: string };
  const body = JSON.stringify({
    name: 'Client',
    hasSecret: true,
    supportsCodeGrant: true,
    redirectUri: 'https://client.example/callback',
  });
  const ids: string[] = [];
  for (let made = 0; made < connectionCount * clientsPerConnection; made++) {
    const { Client } = (await fetchJson(`${origin}${connectService}/CreateClient`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body,
    })) as { readonly Client: { readonly clientId: string } };
    ids.push(Client.clientId);
  }
  return { port, ids, token, database };
}

/**
 * Each connection gives its own clients another name in turn, so that every request is a change; as many revisions must
 * then be in the database as requests were answered.
 */
export async function updateThrough(dialect: UpdateDialect, registered: Registered): Promise<Workload> {
  const { ids, database } = registered;
  const requests = ids.map((id) =>
    [0, 1].map((turn) => writeUpdate(dialect, registered, id, nameBy(dialect) + turn)),
  );
  const sent = Array.from({ length: connectionCount }, () => 0);
  let revisions = countRevisions(database, ids);
  return {
    next: (connection) => {
      const count = sent[connection] ?? 0;
      sent[connection] = count + 1;
      const client = connection * clientsPerConnection + (count % clientsPerConnection);
      return requests[client]?.[Math.floor(count / clientsPerConnection) % 2] as Buffer;
    },
    check: async ({ answered, spread, last }) => {
      for (const body of [...spread, ...last]) assert.ok(body.includes(nameBy(dialect)));
      const before = revisions;
      revisions = countRevisions(database, ids);
      assert.equal(revisions - before, answered, 'a change was answered and is not in the database');
    },
  };
}

function nameBy({ name }: UpdateDialect): string {
  return `By the ${name}, `;
}

function writeUpdate(dialect: UpdateDialect, { port, token }: Registered, id: string, name: string): Buffer {
  return writeRequest({
    port,
    method: dialect.method,
    path: dialect.pathOf(id),
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(dialect.bodyOf(id, name)),
  });
}

function countRevisions(file: string, ids: readonly string[]): number {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const count = database.prepare(
      'select sum(revision) as revisions from clients where id in (select value from json_each(?))',
    );
    return Number(count.get(JSON.stringify(ids))?.['revisions']);
  } finally {
    database.close();
  }
}
