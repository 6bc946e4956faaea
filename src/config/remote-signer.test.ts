import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readDeclarations } from './declarations.ts';
import { createFaultCollector } from './faults.ts';

const url = 'https://signer.example/clientele';
const token = 'a-token-of-16-ch';

/** What a file with this `server.remoteSigner` says, and what is wrong with it. */
function read(remoteSigner: object, files: Readonly<Record<string, string>> = { '/etc/token': token }) {
  const content: Readonly<Record<string, string>> = {
    '/etc/c.json': JSON.stringify({ server: { remoteSigner } }),
    ...files,
  };
  const collect = createFaultCollector();
  const readFile = (path: string) => {
    if (content[path] === undefined) throw Object.assign(new Error('absent'), { code: 'ENOENT' });
    return Buffer.from(content[path]);
  };
  const declarations = readDeclarations('/etc/c.json', readFile, collect);
  return {
    signer: declarations?.server.remoteSigner,
    faults: collect.faults.map(({ where, message }) => `${where}: ${message}`),
  };
}

test('a remote signer is a URL and a token from a file of its own', () => {
  const { signer, faults } = read({ url, tokenFile: 'token' }, { '/etc/token': `${token}\n` });
  assert.deepEqual(faults, []);
  assert.deepEqual(signer, { url, token });
});

// against: egress/https
test('a remote signer is reached over https alone, and its URL says nothing but where it is', () => {
  const refused = [
    'http://signer.example',
    'signer.example',
    'https://user@signer.example',
    'https://:password@signer.example',
    'https://signer.example?',
    'https://signer.example#v1',
    'unix:/run/signer',
  ];
  for (const bad of refused) {
    assert.deepEqual(read({ url: bad, tokenFile: 'token' }).faults, [
      '/etc/c.json: server.remoteSigner.url: must be an https URL without user, query and fragment',
    ]);
  }
});

test('a token that is short, long or not printable is refused and never repeated', () => {
  for (const bad of ['', token.slice(1), `${token} `, `${token}\u00e9`, `${token}\n\n`, 'x'.repeat(1025)]) {
    assert.deepEqual(read({ url, tokenFile: 'token' }, { '/etc/token': bad }).faults, [
      '/etc/c.json: server.remoteSigner.tokenFile: must be 16 to 1024 printable ASCII characters without spaces',
    ]);
  }
});

test('a token that cannot be read, and what nobody knows, are faults', () => {
  assert.deepEqual(read({ url, tokenFile: 'token' }, {}).faults, [
    '/etc/c.json: server.remoteSigner.tokenFile: the file /etc/token does not exist',
  ]);
  assert.match(read({ url }).faults.join(), /server\.remoteSigner\.tokenFile/);
  assert.match(
    read({ url, tokenFile: 'token', token }).faults.join(),
    /server\.remoteSigner\.token: is not known/,
  );
});
