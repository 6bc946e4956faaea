import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { createServer as createPlainServer, type Server as HttpServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TlsOptions } from 'node:tls';
import { parse } from 'yaml';
import { settings } from '../../src/config/settings.ts';
import { drainSeconds } from '../../src/http/stop.ts';
import { makeCertificate } from '../fixtures/certificate.ts';

const root = join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const known = new Set(Object.values(settings).map(({ key }) => key as string));

/** The instructions of a Dockerfile, continued lines joined. */
function instructionsOf(dockerfile: string): readonly (readonly [string, string])[] {
  const lines = dockerfile.replace(/\\\n/g, ' ').split('\n');
  return lines.flatMap((line) => {
    const [, name, rest] = /^([A-Z]+) +(.*)$/.exec(line.trim()) ?? [];
    return name === undefined || rest === undefined ? [] : [[name, rest] as const];
  });
}

const dockerfile = instructionsOf(read('Dockerfile'));
const restOf = (name: string): readonly string[] =>
  dockerfile.flatMap(([found, rest]) => (found === name ? [rest] : []));

test('every setting that the image, the compose file and the unit make is one that the server knows', () => {
  const image = restOf('ENV').flatMap((rest) => rest.split(' ').map((pair) => pair.split('=')[0] ?? ''));
  const compose = Object.keys(parse(read('compose.yaml')).services.clientele.environment);
  const unit = read('deploy/systemd/clientele.service').match(/(?<=^Environment=.*)\b[A-Z_]+(?==)/gm) ?? [];
  for (const [place, keys] of Object.entries({ image, compose, unit })) {
    const own = keys.filter((key) => !['NODE_ENV', 'NODE_COMPILE_CACHE'].includes(key));
    assert.ok(own.length > 0, place);
    assert.deepEqual(
      own.filter((key) => !known.has(key)),
      [],
      place,
    );
  }
});

test('what the image copies is here, and is not kept from it', () => {
  const copied = restOf('COPY').filter((rest) => !rest.startsWith('--from'));
  const sources = copied.flatMap((rest) => rest.split(' ').slice(0, -1));
  const admitted = read('.dockerignore')
    .split('\n')
    .flatMap((line) => (line.startsWith('!') ? globSync(line.slice(1), { cwd: root }) : []));
  assert.ok(sources.length > 5);
  for (const source of sources) {
    assert.ok(existsSync(join(root, source)), `${source} is not here`);
    assert.ok(admitted.includes(source), `.dockerignore keeps ${source} away`);
  }
});

test('the image runs what the package runs, as nobody in particular', () => {
  const { bin } = JSON.parse(read('package.json'));
  assert.deepEqual(JSON.parse(restOf('ENTRYPOINT')[0] ?? ''), ['node', bin.clientele]);
  assert.deepEqual(restOf('USER'), ['node']);
});

const listeners: Readonly<Record<string, (credentials: TlsOptions) => HttpServer>> = {
  http: () => createPlainServer(),
  https: createTlsServer,
};

for (const [scheme, listen] of Object.entries(listeners)) {
  test(`the image finds out whether the server lives that speaks ${scheme}`, async (context) => {
    const { key, certificate } = makeCertificate();
    let status = 200;
    const server = listen({ key, cert: certificate });
    server.on('request', ({ url }, response) =>
      response.writeHead(url === '/health/live' ? status : 404).end(),
    );
    await once(server.listen(0, '127.0.0.1'), 'listening');
    context.after(() => server.close());
    const { port } = server.address() as AddressInfo;
    const tls = scheme === 'https' ? { CLIENTELE_TLS_CERT: '/run/secrets/tls.pem' } : {};
    const [, ...args]: string[] = JSON.parse(/\[.*\]$/.exec(restOf('HEALTHCHECK')[0] ?? '')?.[0] ?? '');
    const check = async () => {
      const child = spawn(process.execPath, args, { env: { PORT: String(port), ...tls }, stdio: 'inherit' });
      const [code] = await once(child, 'exit');
      return code;
    };
    assert.equal(await check(), 0);
    status = 503;
    assert.equal(await check(), 1);
  });
}

test('what is started has longer to stop than the server takes to drain', () => {
  const compose = Number.parseInt(parse(read('compose.yaml')).services.clientele.stop_grace_period, 10);
  const unit = Number(/^TimeoutStopSec=(\d+)$/m.exec(read('deploy/systemd/clientele.service'))?.[1]);
  assert.ok(compose > drainSeconds && unit > drainSeconds);
});

test('systemd understands the unit', (context) => {
  const { error, status, stderr } = spawnSync(
    'systemd-analyze',
    ['verify', join(root, 'deploy/systemd/clientele.service')],
    { encoding: 'utf8' },
  );
  if (error) return context.skip('systemd-analyze is not installed');
  assert.equal(status, 0, stderr);
  assert.doesNotMatch(stderr, /clientele\.service/);
});
