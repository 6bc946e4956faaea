import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { makeCertificate } from '../fixtures/certificate.ts';
import { type Cluster, type ClusterOptions, startCluster } from '../fixtures/postgres/cluster.ts';
import { runOn } from '../fixtures/postgres/databases.ts';
import { bootstrap } from '../fixtures/running-server.ts';
import { atEnd } from '../fixtures/teardown.ts';
import { temporaryDirectory } from '../fixtures/temporary-directory.ts';
import { freePort } from '../programs.ts';
import { chosen, entriesOf, refusal, requestToken, run, serve, stop } from './server-process.ts';

const password = 'password-of-the-database';

interface Reachable {
  readonly cluster: Cluster;
  readonly port: number;
}

/** A server on a TCP port, with a user that needs a password and owns the database `clientele`. */
async function startReachable(context: TestContext, options: ClusterOptions = {}): Promise<Reachable> {
  const port = await freePort();
  const settings = { listen_addresses: '127.0.0.1', port: String(port), ...options.settings };
  const cluster = await startCluster({ ...options, settings });
  atEnd(context, cluster.stop);
  await runOn(
    cluster.url,
    `create role with_password login password '${password}'`,
    'create database clientele owner with_password',
    'create database foreign_one',
    `create database western encoding 'LATIN1' template template0 locale_provider libc locale 'C'`,
  );
  return { cluster, port };
}

function settingsFor(url: string): Readonly<Record<string, string>> {
  return {
    ...chosen,
    DATABASE_URL: url,
    CLIENTELE_MASTER_KEY: Buffer.alloc(32, 9).toString('base64'),
    CLIENTELE_ADMIN_PASSWORD: 'password-of-the-tests',
  };
}

test('a database that cannot be used keeps the server from starting, in words that name what is wrong and never the password', async (context) => {
  const { port } = await startReachable(context);
  const free = await freePort();
  const at = (place: string, user = `with_password:${password}`) => `postgres://${user}@${place}`;
  const expected: Readonly<Record<string, RegExp>> = {
    [at(`127.0.0.1:${port}/clientele`, `with_password:not-the-${password}`)]:
      /refuses the user \\"with_password\\", its password/,
    [at(`127.0.0.1:${port}/clientele`, `nobody:${password}`)]: /refuses the user \\"nobody\\"/,
    [at(`127.0.0.1:${port}/nowhere`)]: /there is no database \\"nowhere\\"/,
    [at(`127.0.0.1:${free}/clientele`)]: new RegExp(`nothing answers at 127.0.0.1:${free}`),
    [at('db.invalid/clientele')]: /the host db.invalid is not known/,
    [at(`127.0.0.1:${port}/western`)]: /encoded in LATIN1; it must be UTF8/,
    [at(`127.0.0.1:${port}/foreign_one`)]: /\\"with_password\\" may not make and change tables/,
    [at(`127.0.0.1:${port}/clientele?sslmode=verify-full`)]: /does not support SSL/,
    [at(`127.0.0.1:${port}/clientele?sslrootcert=/nowhere.pem`)]: /no such file.*nowhere.pem/,
  };
  await Promise.all(
    Object.entries(expected).map(async ([url, reason]) => {
      const folder = temporaryDirectory(context);
      const output = await refusal(run(context, folder, [], settingsFor(url)));
      assert.match(output, reason);
      assert.equal(entriesOf(output).length, 1);
      assert.doesNotMatch(output, new RegExp(password));
      assert.deepEqual(readdirSync(folder), []);
    }),
  );
  const [[url, reason] = assert.fail()] = Object.entries(expected);
  const rotation = run(context, temporaryDirectory(context), ['bootstrap', 'rotate'], settingsFor(url));
  const output = await refusal(rotation);
  assert.match(output.replaceAll('"', String.raw`\"`), reason);
  assert.doesNotMatch(output, new RegExp(password));
});

test('over TLS the server proves itself by the root that the URL names', async (context) => {
  const { certificate, key } = makeCertificate();
  const files = { 'server.crt': certificate, 'server.key': key };
  const { cluster, port } = await startReachable(context, { settings: { ssl: 'on' }, files });
  const folder = temporaryDirectory(context);
  const [own, other] = [join(folder, 'own.pem'), join(folder, 'other.pem')];
  writeFileSync(own, certificate);
  writeFileSync(other, makeCertificate().certificate);
  const url = (root: string) =>
    `postgres://with_password:${password}@localhost:${port}/clientele?sslmode=verify-full&sslrootcert=${root}`;
  assert.match(await refusal(run(context, folder, [], settingsFor(url(other)))), /self-signed certificate/);

  const serving = await serve(context, folder, settingsFor(url(own)));
  assert.equal((await requestToken(serving.port, bootstrap.id, bootstrap.secret)).status, 200);
  const connections = await runOn(
    cluster.url,
    `select ssl from pg_stat_ssl join pg_stat_activity using (pid) where usename = 'with_password'`,
  );
  assert.ok(connections.length > 0 && connections.every(({ ssl }) => ssl === true));
  await stop(serving);
});

test('while the database is away requests fail and the server is not ready; it serves again when the database is back', async (context) => {
  const { cluster, port } = await startReachable(context);
  const folder = temporaryDirectory(context);
  const url = `postgres://with_password:${password}@127.0.0.1:${port}/clientele`;
  const serving = await serve(context, folder, settingsFor(url));
  const token = () => requestToken(serving.port, bootstrap.id, bootstrap.secret);
  const ready = async () => (await fetch(`http://127.0.0.1:${serving.port}/health/ready`)).status;
  assert.equal(await ready(), 200);
  await runOn(cluster.url, `alter role with_password nologin`);
  await runOn(
    cluster.url,
    `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'with_password'`,
  );
  while ((await token()).status !== 503);
  while ((await ready()) !== 503);
  await runOn(cluster.url, `alter role with_password login`);
  while ((await token()).status !== 200);
  while ((await ready()) !== 200);
  await stop(serving);
  const output = serving.program.output();
  assert.match(output, /out of reach/);
  assert.doesNotMatch(output, new RegExp(password));
});
