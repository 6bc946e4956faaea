import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { createMigrationDatabase } from '../sqlite/dialect.ts';
import { providerIssuers } from './0008-provider-issuers.ts';
import { usernameKeys } from './0009-username-keys.ts';

test('of accounts whose names case has told apart the oldest gets every spelling, and none is lost', async () => {
  const database = new DatabaseSync(':memory:');
  database.exec(`
    create table accounts (id text primary key, username text not null unique, created_at integer not null);
    insert into accounts values ('3', 'ada', 30), ('1', 'Ada', 10), ('2', 'ADA', 20), ('4', 'Ärmel', 5), ('5', 'bob', 40);
  `);
  await usernameKeys.up(createMigrationDatabase(database));
  const rows = database.prepare('select id, username, username_key from accounts order by id').all();
  assert.deepEqual(
    rows.map((row) => Object.values(row)),
    [
      ['1', 'Ada', 'ada'],
      ['2', 'ADA', null],
      ['3', 'ada', null],
      ['4', 'Ärmel', 'ärmel'],
      ['5', 'bob', 'bob'],
    ],
  );
  assert.throws(() => database.exec(`insert into accounts values ('6', 'BOB', 50, 'bob')`), /UNIQUE/);
});

test('sessions are taken to be from the issuer that their provider has', async () => {
  const database = new DatabaseSync(':memory:');
  database.exec(`
    create table identity_providers (id text primary key, settings text);
    insert into identity_providers values ('built-in', null), ('other', '{"issuer":"https://other.example"}');
    create table sessions (id text primary key, identity_provider_id text not null);
    insert into sessions values ('1', 'built-in'), ('2', 'other'), ('3', 'gone');
  `);
  await providerIssuers.up(createMigrationDatabase(database));
  const issuers = database.prepare('select provider_issuer from sessions order by id').all();
  assert.deepEqual(
    issuers.map((row) => row['provider_issuer']),
    [null, 'https://other.example', null],
  );
  const providers = database.prepare('select issuer from identity_providers order by id').all();
  assert.deepEqual(
    providers.map((row) => row['issuer']),
    [null, 'https://other.example'],
  );
});
