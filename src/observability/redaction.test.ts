import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redact } from './redaction.ts';

test('what looks like a secret or a token is replaced, and the text around it stays', () => {
  const secrets = [
    'cls_dGhpcyBpcyBhIHNlY3JldA',
    'cla_dGhpcyBpcyBhIHRva2Vu',
    'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl',
    'Basic Y2xpZW50OmEgc2VjcmV0IHRoYXQgaXMgbG9uZw==',
    'Bearer abcdefghijklmnopqrstuvwxyz',
    '$argon2id$v=19$m=32768,t=3,p=1$c2FsdHNhbHQ$aGFzaA',
    '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA\n-----END PRIVATE KEY-----',
  ];
  for (const secret of secrets) assert.equal(redact(`before ${secret} after`), 'before [redacted] after');
});

test('of the URL of a database the place stays', () => {
  const url = 'postgres://user:p%40w/rd@db.example:5432/clientele';
  assert.equal(redact(`no answer from ${url}`), 'no answer from [redacted]db.example:5432/clientele');
  assert.equal(redact('postgres://db.example/clientele'), 'postgres://db.example/clientele');
});

test('ordinary sentences stay as they are', () => {
  const text = 'Basic authentication failed for client 018f; Bearer expected; see clsx and eyJ';
  assert.equal(redact(text), text);
});
