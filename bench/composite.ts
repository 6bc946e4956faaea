// The least that can answer the same token request: the row of the client, the HMAC of its secret, one signature, in the
// same HTTP framework, grouped per tick of the event loop. `node bench/composite.ts <port> <directory>`.
import { createHmac, generateKeyPairSync, randomBytes, randomUUID, sign, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fastify } from 'fastify';
import { jwtClient, originAt, scope, tokenTtl } from './setting.ts';

const [port = '', directory = ''] = process.argv.slice(2);

interface Row {
  readonly id: string;
  readonly record: string;
  readonly digest: string;
}

interface Waiting {
  readonly id: string;
  readonly secret: string;
  readonly settle: (row: Row | undefined) => void;
}

const issuer = originAt(Number(port));
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pepper = randomBytes(32);
const mac = (secret: string): Buffer => createHmac('sha256', pepper).update(secret).digest();

const database = new DatabaseSync(join(directory, 'composite.db'));
database.exec(`
  pragma journal_mode = wal;
  create table clients (id text primary key, record text not null);
  create table client_secrets (client_id text primary key, digest text not null);
`);
database
  .prepare('insert into clients values (?, ?)')
  .run(jwtClient.id, JSON.stringify({ id: jwtClient.id, accessTokenTtl: tokenTtl, scope }));
database
  .prepare('insert into client_secrets values (?, ?)')
  .run(jwtClient.id, mac(jwtClient.secret).toString('base64url'));
const load = database.prepare(`
  select clients.id, record, digest from clients join client_secrets on client_id = clients.id
  where clients.id in (select value from json_each(?))
`);

let waiting: Waiting[] = [];

function runGroup(): void {
  const group = waiting;
  waiting = [];
  const rows = load.all(JSON.stringify(group.map(({ id }) => id))) as readonly unknown[] as readonly Row[];
  const byId = new Map(rows.map((row) => [row.id, row]));
  for (const { id, settle } of group) settle(byId.get(id));
}

function authenticate(id: string, secret: string): Promise<Row | undefined> {
  return new Promise((resolve) => {
    if (waiting.length === 0) setImmediate(runGroup);
    const settle = (row: Row | undefined): void => {
      const proven = row && timingSafeEqual(mac(secret), Buffer.from(row.digest, 'base64url'));
      resolve(proven ? row : undefined);
    };
    waiting.push({ id, secret, settle });
  });
}

const kid = randomUUID();
const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
const header = encode({ alg: 'ES256', typ: 'at+jwt', kid });
const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;

function issue({ id, record }: Row): object {
  const { accessTokenTtl, scope: granted } = JSON.parse(record);
  const iat = Math.floor(Date.now() / 1000);
  const claims = {
    iss: issuer,
    sub: id,
    aud: issuer,
    exp: iat + accessTokenTtl,
    iat,
    jti: randomUUID(),
    scope: granted,
    client_id: id,
  };
  const input = `${header}.${encode(claims)}`;
  const token = `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`;
  return { access_token: token, token_type: 'Bearer', expires_in: accessTokenTtl, scope: granted };
}

const app = fastify();
app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
  done(null, new URLSearchParams(String(body))),
);
app.get('/jwks', () => ({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256' }] }));
app.post('/token', async (request, reply) => {
  const [, encoded = ''] = (request.headers.authorization ?? '').split(' ');
  const [id = '', secret = ''] = Buffer.from(encoded, 'base64').toString().split(':');
  const isKnownGrant = (request.body as URLSearchParams).get('grant_type') === 'client_credentials';
  const row = isKnownGrant ? await authenticate(id, secret) : undefined;
  reply.header('cache-control', 'no-store');
  return row === undefined ? reply.code(401).send({ error: 'invalid_client' }) : issue(row);
});
await app.listen({ port: Number(port), host: '127.0.0.1' });
process.once('SIGTERM', () => process.exit(0));
