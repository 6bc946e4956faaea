import { type ThreatClass, threatClasses } from './classes.ts';

/** A test that declares, by a comment on the line before its title, which lines of `classes.ts` it is about. */
export interface Declaration {
  /** `class/line`. */
  readonly lines: readonly string[];
  /** As it stands in the source, after the title of what it is part of; `…` for what is only known when it runs. */
  readonly title: string;
  readonly file: string;
}

const literal = [/'(?:[^'\\\n]|\\.)*'/, /"(?:[^"\\\n]|\\.)*"/, /`(?:[^`\\]|\\.)*`/]
  .map(({ source }) => source)
  .join('|');
const marker = /^ *\/\/ against:(.*)\n/gm;
const titled = new RegExp(String.raw` *(?:\w+\()?(${literal})`, 'y');
const group = new RegExp(String.raw`(?:describe|inOneWorld(?:<\w+>)?)\(\s*(${literal})`, 'y');

/**
 * Reads the declarations of a source, without running it: `// against: class/line, class/line`.
 * @throws Error for one that no title follows
 */
export function readDeclarations(file: string, source: string): readonly Declaration[] {
  return [...source.matchAll(marker)].map(({ 0: comment, 1: names = '', index }) => {
    titled.lastIndex = index + comment.length;
    const [, title] = titled.exec(source) ?? [];
    if (title === undefined) throw new Error(`${file}: no title of a test follows "${comment.trim()}"`);
    return {
      lines: names.split(',').map((name) => name.trim()),
      title: [...groupAt(source, index), textOf(title)].join(': '),
      file,
    };
  });
}

/** The title of the block that stands around `index`. Sources are formatted, so the statement of a block begins a line. */
function groupAt(source: string, index: number): readonly string[] {
  const start = [...source.slice(0, index).matchAll(/^\w/gm)].at(-1);
  group.lastIndex = start?.index ?? 0;
  const [, title] = source[index] === ' ' ? (group.exec(source) ?? []) : [];
  return title === undefined || group.lastIndex > index ? [] : [textOf(title)];
}

function textOf(quoted: string): string {
  return quoted
    .slice(1, -1)
    .replaceAll(/\$\{[^}]*\}/g, '…')
    .replaceAll(/\\(.)/g, '$1');
}

/** What is wrong with the declarations as a whole: lines that nobody knows, that have no test, or that wait though they have one. */
export function faultsOf(
  declarations: readonly Pick<Declaration, 'lines'>[],
  classes: Readonly<Record<string, ThreatClass>> = threatClasses,
): readonly string[] {
  const known = Object.entries(classes).flatMap(([key, { lines }]) =>
    Object.entries(lines).map(([line, { waitsFor }]) => ({ name: `${key}/${line}`, waitsFor })),
  );
  const names = new Set(known.map(({ name }) => name));
  const tested = new Set(declarations.flatMap(({ lines }) => lines));
  return [
    ...[...tested].filter((name) => !names.has(name)).map((name) => `${name} is no line of a class`),
    ...known
      .filter(({ name, waitsFor }) => waitsFor === undefined && !tested.has(name))
      .map(({ name }) => `${name} has no test`),
    ...known
      .filter(({ name, waitsFor }) => waitsFor !== undefined && tested.has(name))
      .map(({ name, waitsFor }) => `${name} has a test: it does not wait for ${waitsFor}`),
  ];
}
