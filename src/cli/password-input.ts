import { longestPassword } from '../accounts/passwords.ts';
import { toBase64url } from '../kernel/encoding.ts';
import { randomOctets } from '../kernel/random.ts';
import { StartError } from '../kernel/start-error.ts';
import type { Invocation } from './command-line.ts';

/** A password that a command sets. */
export interface PasswordInput {
  readonly password: string;
  /** Null: who gave it knows it; else a line that tells it, once. */
  readonly announcement: string | null;
}

/** The option that says where the password comes from; never an argument, which others on the machine could read. */
export const passwordOption = 'password-stdin';

const generatedOctets = 18;
/** No character has more octets, and a line end may follow. */
const mostOctets = longestPassword * 4 + 2;

/** The line on the standard input, with `--password-stdin`; a generated password without. */
export async function readPassword({ options }: Invocation): Promise<PasswordInput> {
  if (options.has(passwordOption)) return { password: await readLine(), announcement: null };
  const password = toBase64url(randomOctets(generatedOctets));
  return { password, announcement: `The password, which is shown only here: ${password}\n` };
}

async function readLine(): Promise<string> {
  const chunks: Buffer[] = [];
  let octets = 0;
  for await (const chunk of process.stdin) {
    chunks.push(chunk as Buffer);
    octets += (chunk as Buffer).length;
    if (octets > mostOctets) throw new StartError(passwordFaults['password-too-long']);
  }
  const text = Buffer.concat(chunks)
    .toString()
    .replace(/\r?\n$/, '');
  if (text === '') throw new StartError('There is no password on the standard input.');
  if (/[\r\n]/.test(text)) throw new StartError('The standard input has more than one line.');
  return text;
}

/** What is wrong with a password, for operators. */
export const passwordFaults = {
  'password-too-short': 'The password is too short: see server.passwords.minimumLength.',
  'password-too-long': `The password has more than ${longestPassword} characters.`,
  'password-known': 'The password is one that is tried first: it is known from breaches, or a name.',
} as const;
