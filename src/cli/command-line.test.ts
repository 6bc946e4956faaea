import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Command, parseCommandLine } from './command-line.ts';

const run = async (): Promise<void> => {};
const commands: readonly Command[] = [
  { words: '', run },
  { words: 'backup', operands: ['file'], options: ['force'], run },
  { words: 'keys list', run },
];

function parse(line: string): string {
  const parsed = parseCommandLine(line === '' ? [] : line.split(' '), commands);
  if ('fault' in parsed) return parsed.fault;
  const { command, invocation } = parsed;
  return [
    `(${command.words})`,
    ...invocation.operands,
    ...[...invocation.options].map((name) => `+${name}`),
  ].join(' ');
}

test('a command is found by its words, and what follows them is parsed', () => {
  assert.equal(parse(''), '()');
  assert.equal(parse('backup a'), '(backup) a');
  assert.equal(parse('backup a --force'), '(backup) a +force');
  assert.equal(parse('backup --force a'), '(backup) a +force');
  assert.equal(parse('backup -- --force'), '(backup) --force');
  assert.equal(parse('keys list'), '(keys list)');
});

test('what is none of the commands, and what a command does not take, is a fault', () => {
  assert.equal(parse('serve'), 'there is no command "serve"');
  assert.equal(parse('keys'), 'there is no command "keys"');
  assert.equal(parse('--force'), 'there is no command "--force"');
  assert.equal(parse('backup'), 'backup: <file> is missing');
  assert.equal(parse('backup a b'), 'backup: "b" is too much');
  assert.match(parse('backup a --forse'), /^backup: Unknown option '--forse'/);
  assert.match(parse('backup a --force=1'), /^backup: Option '--force' does not take an argument/);
  assert.equal(parse('keys list x'), 'keys list: "x" is too much');
});
