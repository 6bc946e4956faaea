import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPasswordPolicy } from './password-policy.ts';

const policy = createPasswordPolicy({ serverNames: ['Acme Login', 'login.acme.example'] });
const alice = { username: 'alice.miller', email: 'amiller@mail.example' };
const faultOf = (password: string) => policy.faultOf(password, alice);

test('a password has 8 characters or more, counted as people do', async () => {
  assert.equal(await faultOf('x9#kq2v'), 'password-too-short');
  assert.equal(await faultOf('x9#kq2vw'), undefined);
  // One character each, of two code units.
  assert.equal(await faultOf('🦊🐢🦉🐳'), 'password-too-short');
  assert.equal(await faultOf('🦊🐢🦉🐳🦊🐝🐙🦀'), undefined);
  // Eight code points that NFKC makes seven.
  assert.equal(await faultOf('x9#kqve\u0301'), 'password-too-short');
});

test('the operator asks for longer ones', async () => {
  const strict = createPasswordPolicy({ serverNames: [], minimumLength: 15 });
  assert.equal(await strict.faultOf('tan lark 42 fig', alice), undefined);
  assert.equal(await strict.faultOf('tan lark 42 fi', alice), 'password-too-short');
});

test('a password has up to 1024 characters, of any kind', async () => {
  const long = 'ab cd\té🦊 '.repeat(200);
  assert.equal(await faultOf(long.slice(0, 1024)), undefined);
  assert.equal(await faultOf(long.slice(0, 1025)), 'password-too-long');
  assert.equal(await faultOf('all lower case and nothing else'), undefined);
});

test('passwords that were found in breaches are refused, in whatever case and width', async () => {
  for (const known of ['password', 'Password1', 'trustno1', 'QWERTYUIOP', 'iloveyou', 'ｐａｓｓｗｏｒｄ']) {
    assert.equal(await faultOf(known), 'password-known', known);
  }
});

test('repeated characters and runs are refused', async () => {
  for (const known of [
    'zzzzzzzzzzz',
    'ababababab',
    'ijklmnopqr',
    '3456789',
    '987654321',
    '鮪鮪鮪鮪鮪鮪鮪鮪',
  ]) {
    assert.match((await faultOf(known)) ?? '', /known|short/, known);
  }
});

test('the names of the person and of the service are refused, with digits around them too', async () => {
  for (const known of [
    'alice.miller',
    'Alice.Miller',
    '99alice.miller!!',
    'amiller2024',
    'amiller@mail.example',
    'acme login',
    'acme-2024!',
    'login.acme.example',
  ]) {
    assert.equal(await faultOf(known), 'password-known', known);
  }
  assert.equal(await faultOf('alice.miller likes figs'), undefined);
});
