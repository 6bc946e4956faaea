import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { clientScopes, connectService } from './connect/face.ts';
import { createDatabase } from './fixtures/postgres/databases.ts';
import { bootstrap } from './fixtures/running-server.ts';
import { atEnd } from './fixtures/teardown.ts';
import { temporaryDirectory } from './fixtures/temporary-directory.ts';
import { bootstrapToken, chosen, requestToken, serve, stop } from './operator/server-process.ts';

interface Node {
  readonly port: number;
  readonly dataDirectory: string;
  readonly end: () => Promise<void>;
}

/** Starts server processes at once, on one empty database and with a data directory each. */
async function startNodes(
  context: TestContext,
  count: number,
  settings: Readonly<Record<string, string>> = {},
): Promise<readonly Node[]> {
  const { url, drop } = await createDatabase('none');
  atEnd(context, drop);
  const folder = temporaryDirectory(context);
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const dataDirectory = join(folder, `node-${index}`);
      const serving = await serve(context, folder, {
        DATABASE_URL: url,
        CLIENTELE_MASTER_KEY: Buffer.alloc(32, 9).toString('base64'),
        CLIENTELE_ISSUER: 'https://auth.example',
        ...settings,
        CLIENTELE_DATA_DIR: dataDirectory,
      });
      return { port: serving.port, dataDirectory, end: () => stop(serving) };
    }),
  );
}

const serviceOf = ({ port }: Node, token: string) =>
  connectService({ issuer: `http://127.0.0.1:${port}` }, token);

/** A bootstrap token for `scope`. */
async function tokenFor({ port }: Node, scope: string): Promise<string> {
  const response = await requestToken(port, bootstrap.id, bootstrap.secret, scope);
  return ((await response.json()) as { readonly access_token: string }).access_token;
}

/** Status of a token request. */
async function tryToken({ port }: Node, id: string, secret: string): Promise<number> {
  const response = await requestToken(port, id, secret, '');
  await response.arrayBuffer();
  return response.status;
}

test('nodes that start for the first time at once agree on keys, bootstrap client, administrator and declarations; one writes the credentials', async (context) => {
  const declarations = join(temporaryDirectory(context), 'clientele.json');
  const robot = {
    id: '11111111-1111-4111-8111-111111111111',
    username: 'robot',
    password: 'password-of-the-robot',
  };
  const declared = {
    id: '22222222-2222-4222-8222-222222222222',
    secret: 'secret-of-the-declared-client',
    grantTypes: ['client_credentials'],
  };
  writeFileSync(declarations, JSON.stringify({ accounts: [robot], clients: [declared] }));
  const nodes = await startNodes(context, 5, { CLIENTELE_CONFIG: declarations });

  const files = nodes.map(({ dataDirectory }) => join(dataDirectory, 'bootstrap.json')).filter(existsSync);
  assert.equal(files.length, 1);
  const { clientId, clientSecret, adminUsername, adminPassword } = JSON.parse(
    readFileSync(files[0] ?? '', 'utf8'),
  );
  assert.equal(adminUsername, 'admin');
  assert.ok(adminPassword);
  const jwks = await Promise.all(
    nodes.map(async ({ port }) => (await fetch(`http://127.0.0.1:${port}/oauth/jwks`)).text()),
  );
  assert.equal(new Set(jwks).size, 1);
  for (const node of nodes) {
    const response = await requestToken(node.port, clientId, clientSecret, clientScopes);
    const { access_token: token } = (await response.json()) as { readonly access_token: string };
    const { clients } = await serviceOf(node, token).listClients({});
    assert.deepEqual(clients.map((client) => client.clientId).sort(), [clientId, declared.id].sort());
    assert.equal(await tryToken(node, declared.id, declared.secret), 200);
  }
  await Promise.all(nodes.map(({ end }) => end()));
});

const workers = 6;
const triesOfEachWorker = 500;
const otherLoad = 6;

test('what one node has answered, every node obeys from then on: 3,000 tries under load', async (context) => {
  const nodes = await startNodes(context, 3, chosen);
  const [first = assert.fail()] = nodes;
  const token = await bootstrapToken(first.port);
  const services = nodes.map((node) => serviceOf(node, token));
  const loginToken = await tokenFor(first, 'login');
  const setValid = async ({ port }: Node, id: string, isValid: boolean): Promise<void> => {
    const answer = await fetch(`http://127.0.0.1:${port}/auth/api/login/client/${id}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${loginToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ isValid }),
    });
    assert.equal(answer.status, 200, await answer.text());
  };
  const nodeAt = (index: number): Node => nodes[index % nodes.length] ?? first;
  const serviceAt = (index: number) => services[index % services.length] ?? assert.fail();

  let busy = true;
  const load = Array.from({ length: otherLoad }, async (_, index) => {
    let requests = 0;
    while (busy)
      assert.equal(await tryToken(nodeAt(index + requests++), bootstrap.id, bootstrap.secret), 200);
    return requests;
  });

  let tries = 0;
  const wrong: string[] = [];
  /** What every node makes of a secret, from now on. */
  const expect = async (id: string, secret: string, status: number, what: string): Promise<void> => {
    const statuses = await Promise.all(nodes.map((node) => tryToken(node, id, secret)));
    tries += statuses.length;
    if (!statuses.every((found) => found === status)) wrong.push(`${what}: ${statuses}`);
  };

  const work = async (worker: number): Promise<void> => {
    const enough = () => tries >= workers * triesOfEachWorker;
    for (let round = worker; !enough(); round++) {
      const { client } = await serviceAt(round).createClient({ name: 'Robot', hasSecret: true });
      const { clientId, clientSecret = '' } = client ?? assert.fail();
      let secret = clientSecret;
      await expect(clientId, secret, 200, 'a new client');
      for (let change = 0; change < 5; change++) {
        const old = secret;
        const answer = await serviceAt(round + change).regenerateSecret({ clientId, includeSecret: true });
        secret = answer.clientSecret ?? assert.fail();
        await expect(clientId, secret, 200, 'a new secret');
        await expect(clientId, old, 401, 'an old secret');
      }
      await setValid(nodeAt(round + 2), clientId, false);
      await expect(clientId, secret, 401, 'a disabled client');
      await setValid(nodeAt(round), clientId, true);
      await expect(clientId, secret, 200, 'an enabled client');
      await serviceAt(round + 1).deleteClient({ clientId });
      await expect(clientId, secret, 401, 'a deleted client');
    }
  };
  await Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)));
  busy = false;
  assert.ok((await Promise.all(load)).every((requests) => requests > 0));
  assert.ok(tries >= 3_000);
  assert.deepEqual(wrong, []);
  await Promise.all(nodes.map(({ end }) => end()));
});
