import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createPasswords } from '../../src/accounts/passwords.ts';
import { openStorage } from '../../src/storage/storage.ts';
import { anAccount, aPasskey, aStoredSession, aTotpSecret } from '../fixtures/storage-entries.ts';
import { temporaryDirectory } from '../fixtures/temporary-directory.ts';
import { databaseOf } from '../fixtures/test-storage.ts';
import { type Program, shellEnvironment, start as startProgram } from '../programs.ts';
import { refusal, root } from './server-process.ts';

const passwords = createPasswords();

/** An installation whose server has started once. */
async function open(context: TestContext) {
  const folder = temporaryDirectory(context);
  const dataDirectory = join(folder, 'data');
  const { options, settings } = await databaseOf(context, dataDirectory, 'none');
  await (await openStorage(options)).close();
  const env = shellEnvironment({ ...settings, CLIENTELE_DATA_DIR: dataDirectory });

  /** Runs a command that is given `input`. */
  const start = async (words: readonly string[], input = ''): Promise<Program> => {
    writeFileSync(join(folder, 'input'), input);
    const command = [process.execPath, join(root, 'src/cli/main.ts'), ...words];
    return startProgram(context, ['sh', '-c', 'exec "$0" "$@" < input', ...command], { cwd: folder, env });
  };
  const succeed = async (words: readonly string[], input?: string): Promise<string> => {
    const program = await start(words, input);
    assert.deepEqual(await program.exit, { code: 0, signal: null }, program.output());
    return program.output();
  };
  /** What is stored, while no command runs. */
  const stored = async <Result>(
    look: (stores: Awaited<ReturnType<typeof openStorage>>['stores']) => Promise<Result>,
  ): Promise<Result> => {
    const storage = await openStorage({ ...options, use: 'tool' });
    try {
      return await look(storage.stores);
    } finally {
      await storage.close();
    }
  };
  const isPassword = async (username: string, password: string) => {
    const account = await stored(({ accounts }) => accounts.findByUsername(username));
    return passwords.verify(password, account?.passwordHash ?? null);
  };
  return { start, succeed, stored, isPassword };
}

test('an account is made with a password from the standard input, which is printed nowhere', async (context) => {
  const { succeed, stored, isPassword } = await open(context);
  const words = ['accounts', 'create', 'alice', '--administrator', '--password-stdin'];
  const output = await succeed(words, 'correct horse ü\r\n');
  assert.doesNotMatch(output, /correct horse/);
  const account = await stored(({ accounts }) => accounts.findByUsername('alice'));
  assert.match(output, new RegExp(account?.id ?? 'no account'));
  assert.equal(account?.administrator, true);
  assert.equal(await isPassword('alice', 'correct horse ü'), true);
});

test('a generated password is printed once, and is the account’s', async (context) => {
  const { succeed, stored, isPassword } = await open(context);
  const output = await succeed(['accounts', 'create', 'alice']);
  const [, password = ''] = /shown only here: (\S{24})\n/.exec(output) ?? [];
  assert.equal(await isPassword('alice', password), true);
  assert.equal((await stored(({ accounts }) => accounts.findByUsername('alice')))?.administrator, false);
  const next = await succeed(['accounts', 'reset-password', 'alice']);
  const [, second = ''] = /shown only here: (\S{24})\n/.exec(next) ?? [];
  assert.equal(await isPassword('alice', password), false);
  assert.equal(await isPassword('alice', second), true);
});

test('the list shows who there is, and nothing that signs in', async (context) => {
  const { succeed, stored } = await open(context);
  const alice = anAccount({ passwordHash: await passwords.hash('correct horse'), administrator: true });
  const bob = anAccount({ username: 'bob\u202e', disabled: true, email: 'bob@mail.example' });
  await stored(async ({ accounts }) => {
    await accounts.insert(alice);
    await accounts.insert(bob);
  });
  const output = await succeed(['accounts', 'list']);
  const [titles, ...lines] = output.trim().split('\n');
  assert.match(titles ?? '', /^user name +id +state +role +e-mail +made$/);
  assert.match(lines[0] ?? '', new RegExp(`^alice +${alice.id} +enabled +administrator +- +20`));
  assert.match(
    lines[1] ?? '',
    new RegExp(`^bob\ufffd +${bob.id} +disabled +- +bob@mail.example \\(unverified\\)`),
  );
  assert.equal(lines.length, 2);
  assert.doesNotMatch(output, /argon2/);
});

test('an account is disabled and enabled, its sessions end, and its factors are forgotten with a new password', async (context) => {
  const { succeed, stored } = await open(context);
  const alice = anAccount();
  await stored(async ({ accounts, passkeys, secondFactors, sessions }) => {
    await accounts.insert(alice);
    await sessions.insert(aStoredSession(alice.id), alice.revision);
    await passkeys.insert(aPasskey(alice.id), 20);
    await secondFactors.begin(aTotpSecret(alice.id));
  });
  const isDisabled = async () => (await stored(({ accounts }) => accounts.load(alice.id)))?.disabled;
  const sessions = () => stored((stores) => stores.sessions.listOfAccount(alice.id));
  assert.equal((await sessions()).length, 1);
  await succeed(['accounts', 'disable', 'alice']);
  assert.equal(await isDisabled(), true);
  await succeed(['accounts', 'enable', 'alice']);
  assert.equal(await isDisabled(), false);
  assert.deepEqual(await sessions(), []);
  await stored((stores) => stores.sessions.insert(aStoredSession(alice.id), alice.revision + 2));
  const told = await succeed(['accounts', 'reset-password', 'alice', '--forget-factors']);
  assert.match(
    told,
    /signed out everywhere, and no client holds anything .* What it has allowed clients stays/,
  );
  assert.deepEqual(await sessions(), []);
  assert.deepEqual(await stored(({ passkeys }) => passkeys.listOf(alice.id)), []);
  assert.equal(await stored(({ secondFactors }) => secondFactors.load(alice.id)), undefined);
});

test('one account is signed out, or all of them, and each may sign in again', async (context) => {
  const { succeed, stored } = await open(context);
  const [alice, bob] = [anAccount(), anAccount({ username: 'bob' })];
  await stored(async ({ accounts, sessions }) => {
    for (const account of [alice, bob]) {
      await accounts.insert(account);
      await sessions.insert(aStoredSession(account.id), account.revision);
    }
  });
  const sessions = () =>
    stored(async (stores) =>
      Promise.all([alice, bob].map(async ({ id }) => (await stores.sessions.listOfAccount(id)).length)),
    );
  assert.match(await succeed(['accounts', 'sign-out', 'alice']), /^The account alice is signed out/);
  assert.deepEqual(await sessions(), [0, 1]);
  assert.match(await succeed(['accounts', 'sign-out-all']), /^2 accounts are signed out everywhere/);
  assert.deepEqual(await sessions(), [0, 0]);
  for (const { id, revision } of [alice, bob]) {
    assert.equal((await stored(({ accounts }) => accounts.load(id)))?.revision, revision);
  }
});

test('what cannot be done is told in one line, and changes nothing', async (context) => {
  const { start, succeed, isPassword } = await open(context);
  const create = ['accounts', 'create', 'alice', '--password-stdin'];
  assert.match(await refusal(start(create, '')), /no password on the standard input/);
  assert.match(await refusal(start(create, 'a b c\nd e f\n')), /more than one line/);
  assert.match(await refusal(start(create, 'short')), /too short/);
  assert.match(await refusal(start(create, 'password1')), /known from breaches/);
  assert.match(await refusal(start(create, 'x'.repeat(5000))), /more than 1024/);
  assert.match(await refusal(start(['accounts', 'create', 'ali\u200bce'])), /none of them invisible/);
  await succeed(create, 'correct horse');
  assert.match(await refusal(start(create, 'battery staple')), /taken/);
  assert.equal(await isPassword('alice', 'correct horse'), true);
  for (const word of ['disable', 'enable', 'sign-out', 'reset-password']) {
    assert.match(await refusal(start(['accounts', word, 'bob'])), /no account with the user name bob/);
  }
});

test('a password is no argument', async (context) => {
  const { start } = await open(context);
  const program = await start(['accounts', 'create', 'alice', 'correct horse']);
  assert.equal((await program.exit).code, 2);
  assert.match(program.output(), /is too much/);
});
