#!/usr/bin/env node
import { runServer } from '../server.ts';
import { rotateBootstrap } from './bootstrap-rotate.ts';
import { commandHelp, version } from './help.ts';

interface Command {
  readonly words: string;
  readonly run: () => Promise<void>;
}

const print = async (text: string): Promise<void> => {
  process.stdout.write(`${text}\n`);
};

const commands: readonly Command[] = [
  { words: '', run: runServer },
  { words: 'start', run: runServer },
  { words: 'bootstrap rotate', run: rotateBootstrap },
  { words: 'help', run: () => print(commandHelp) },
  { words: '--help', run: () => print(commandHelp) },
  { words: '--version', run: () => print(version()) },
];

const given = process.argv.slice(2).join(' ');
const command = commands.find(({ words }) => words === given);
if (command) {
  await command.run();
} else {
  process.stderr.write(`clientele: there is no command "${given}"\n\n${commandHelp}\n`);
  process.exitCode = 2;
}
