import assert from 'node:assert/strict';
import { createHash, pbkdf2Sync, randomBytes, scryptSync } from 'node:crypto';
import { test } from 'node:test';
import { hash as argon2 } from '@node-rs/argon2';
import { hash as bcrypt } from '@node-rs/bcrypt';
import { importedHashFault, matchesImportedHash } from './imported-hash.ts';

const secret = 'correct horse battery staple';
const salt = randomBytes(16);
const unpadded = (octets: Buffer): string => octets.toString('base64').replaceAll('=', '');
const digest = (bits: number, ...parts: (string | Buffer)[]): Buffer => {
  const hash = createHash(`sha${bits}`);
  for (const part of parts) hash.update(part);
  return hash.digest();
};

const hashes: Readonly<Record<string, () => string | Promise<string>>> = {
  bcrypt: () => bcrypt(secret, 4),
  argon2id: () => argon2(secret, { memoryCost: 64, timeCost: 2, parallelism: 1 }),
  'PBKDF2 as a PHC string': () =>
    `$pbkdf2-sha256$i=1000,l=32$${unpadded(salt)}$${unpadded(pbkdf2Sync(secret, salt, 1000, 32, 'sha256'))}`,
  'PBKDF2 as passlib writes it': () => {
    const key = unpadded(pbkdf2Sync(secret, salt, 1000, 64, 'sha512')).replaceAll('+', '.');
    return `$pbkdf2-sha512$1000$${unpadded(salt).replaceAll('+', '.')}$${key}`;
  },
  scrypt: () =>
    `$scrypt$ln=10,r=8,p=1$${unpadded(salt)}$${unpadded(scryptSync(secret, salt, 32, { N: 1024, r: 8, p: 1 }))}`,
  'SHA-256': () => `{SHA256}${digest(256, secret).toString('base64')}`,
  'salted SHA-512': () => `{SSHA512}${Buffer.concat([digest(512, secret, salt), salt]).toString('base64')}`,
};

for (const [scheme, make] of Object.entries(hashes)) {
  test(`a secret is recognised by its ${scheme} hash, and another is not`, async () => {
    const hash = await make();
    assert.equal(importedHashFault(hash), undefined);
    assert.equal(await matchesImportedHash(secret, hash), true);
    assert.equal(await matchesImportedHash(`${secret} `, hash), false);
    assert.equal(await matchesImportedHash('', hash), false);
  });
}

test('a hash that is not understood, or would cost too much, is refused and matches nothing', async () => {
  const bad = [
    '',
    secret,
    '$2b$31$abcdefghijklmnopqrstuuAbcdefghijklmnopqrstuvwxyz01234567',
    '$argon2id$v=19$m=9999999,t=3,p=1$c29tZXNhbHQ$aGFzaGhhc2hoYXNoaGFzaA',
    '$argon2id$v=19$m=1024,t=1,p=0$c29tZXNhbHQ$aGFzaGhhc2hoYXNoaGFzaA',
    '$argon2id$v=19$m=1024,t=0,p=1$c29tZXNhbHQ$aGFzaGhhc2hoYXNoaGFzaA',
    '$argon2id$v=19$m=7,t=1,p=1$c29tZXNhbHQ$aGFzaGhhc2hoYXNoaGFzaA',
    '$argon2id$v=19$m=1024,t=1,p=1$YQ$aGFzaGhhc2hoYXNoaGFzaA',
    '$argon2id$v=19$m=1024,t=1,p=1$c29tZXNhbHQ$a.a',
    '$2b$03$abcdefghijklmnopqrstuuAbcdefghijklmnopqrstuvwxyz01234567',
    '$scrypt$ln=0,r=8,p=1$c29tZXNhbHQ$aGFzaGhhc2hoYXNoaGFzaA',
    '$scrypt$ln=10,r=0,p=1$c29tZXNhbHQ$aGFzaGhhc2hoYXNoaGFzaA',
    '$scrypt$ln=10,r=8,p=0$c29tZXNhbHQ$aGFzaGhhc2hoYXNoaGFzaA',
    '$scrypt$ln=18,r=32,p=1$c29tZXNhbHQ$aGFzaGhhc2hoYXNoaGFzaA',
    '$pbkdf2-md5$i=1000$c29tZXNhbHQ$aGFzaGhhc2hoYXNoaGFzaA',
    '$pbkdf2-sha256$i=0$c29tZXNhbHQ$aGFzaGhhc2hoYXNoaGFzaA',
    '$pbkdf2-sha256$i=99999999$c29tZXNhbHQ$aGFzaGhhc2hoYXNoaGFzaA',
    '$scrypt$ln=30,r=8,p=1$c29tZXNhbHQ$aGFzaGhhc2hoYXNoaGFzaA',
    '{SHA256}AAAA',
    '{SSHA256}AAAA',
    '{MD5}AAAA',
  ];
  for (const hash of bad) {
    assert.notEqual(importedHashFault(hash), undefined, hash);
    assert.equal(await matchesImportedHash('', hash), false, hash);
  }
});
