import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCookies } from './cookies.ts';

const secure = createCookies('https://id.example/op');
const plain = createCookies('http://localhost:8080');

test('over https the names of cookies can be set by this very host alone, and they never travel unencrypted', () => {
  assert.equal(
    secure.write('session', 'value', 60),
    '__Host-clientele-session=value; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=60',
  );
});

test('on plain loopback cookies have plain names', () => {
  assert.equal(plain.write('browser', 'v', null), 'clientele-browser=v; Path=/; HttpOnly; SameSite=Lax');
  assert.equal(plain.write('device', '', 0), 'clientele-device=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0');
});

test('a cookie is found among others, by its whole name', () => {
  const header = 'a=b; clientele-session=x=y ;clientele-sessions=z; clientele-browser';
  assert.equal(plain.read(header, 'session'), 'x=y');
  assert.equal(plain.read(header, 'browser'), undefined);
  assert.equal(plain.read(undefined, 'session'), undefined);
  assert.equal(secure.read('clientele-session=x', 'session'), undefined);
});

// against: interaction/csrf
test('a cookie that stands twice in a header is none', () => {
  assert.equal(plain.read('clientele-session=planted; clientele-session=own', 'session'), undefined);
});
