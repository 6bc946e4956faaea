import { parseArgs } from 'node:util';

/** What was written behind the words of a command. */
export interface Invocation {
  /** As many as the command has. */
  readonly operands: readonly string[];
  /** Options that were given, without their dashes. */
  readonly options: ReadonlySet<string>;
}

/** A command by its words. */
export interface Command {
  /** `bootstrap rotate` */
  readonly words: string;
  /** What help calls its operands; all of them must be given. */
  readonly operands?: readonly string[];
  /** Options that it knows, without their dashes. None takes a value. */
  readonly options?: readonly string[];
  readonly run: (invocation: Invocation) => Promise<void>;
}

/** The command line, understood; or what is wrong with it. */
export type ParsedCommandLine =
  | { readonly command: Command; readonly invocation: Invocation }
  | { readonly fault: string };

/** Finds the command that `args` name, and parses what follows its words. */
export function parseCommandLine(args: readonly string[], commands: readonly Command[]): ParsedCommandLine {
  const command = commands.find(({ words }) => begins(args, wordsOf(words)));
  if (command === undefined) return { fault: `there is no command "${args.join(' ')}"` };
  try {
    return { command, invocation: parseInvocation(args.slice(wordsOf(command.words).length), command) };
  } catch (error) {
    if (!isParseFault(error)) throw error;
    return { fault: `${command.words}: ${error.message}` };
  }
}

function parseInvocation(args: readonly string[], { operands = [], options = [] }: Command): Invocation {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: Object.fromEntries(options.map((name) => [name, { type: 'boolean' as const }])),
    allowPositionals: true,
  });
  const missing = operands[positionals.length];
  if (missing !== undefined) throw new InvocationFault(`<${missing}> is missing`);
  const surplus = positionals[operands.length];
  if (surplus !== undefined) throw new InvocationFault(`"${surplus}" is too much`);
  return { operands: positionals, options: new Set(Object.keys(values)) };
}

class InvocationFault extends Error {}

function isParseFault(error: unknown): error is Error {
  if (error instanceof InvocationFault) return true;
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_');
}

function wordsOf(words: string): readonly string[] {
  return words === '' ? [] : words.split(' ');
}

/** A command without words is meant by nothing at all. */
function begins(args: readonly string[], words: readonly string[]): boolean {
  if (words.length === 0) return args.length === 0;
  return words.every((word, index) => args[index] === word);
}
