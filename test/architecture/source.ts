import { SyntaxKind } from 'typescript/unstable/ast';
import { createScanner, type Scanner } from 'typescript/unstable/ast/scanner';

/** One import or re-export of a source file. */
export interface Import {
  /** As written. */
  readonly specifier: string;
  /** Names taken as values; `*` for the namespace, `default` for the default, none for `import type` or a bare import. */
  readonly names: readonly string[];
}

/** A file of `src/`, as far as the architecture's rules look at it. */
export interface Source {
  /** Relative to `src/`, with slashes. */
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  /** The text of every token, separated by one space; comments are gone, and so is what stands in strings. */
  readonly code: string;
}

interface Token {
  readonly kind: SyntaxKind;
  readonly text: string;
  /** Of a string literal: its content. */
  readonly value: string;
}

const closing = new Set([
  SyntaxKind.Identifier,
  SyntaxKind.NumericLiteral,
  SyntaxKind.BigIntLiteral,
  SyntaxKind.StringLiteral,
  SyntaxKind.NoSubstitutionTemplateLiteral,
  SyntaxKind.TemplateTail,
  SyntaxKind.RegularExpressionLiteral,
  SyntaxKind.CloseParenToken,
  SyntaxKind.CloseBracketToken,
  SyntaxKind.CloseBraceToken,
  SyntaxKind.ThisKeyword,
]);

const textual = new Set([
  SyntaxKind.StringLiteral,
  SyntaxKind.NoSubstitutionTemplateLiteral,
  SyntaxKind.TemplateHead,
  SyntaxKind.TemplateMiddle,
  SyntaxKind.TemplateTail,
  SyntaxKind.RegularExpressionLiteral,
]);

/** Reads one file's text. */
export function readSource(path: string, text: string): Source {
  const tokens = scan(text);
  return {
    path,
    lines: text.split('\n').length - (text.endsWith('\n') ? 1 : 0),
    imports: findImports(tokens),
    code: tokens.map(({ kind, text: token }) => (textual.has(kind) ? "''" : token)).join(' '),
  };
}

function scan(text: string): readonly Token[] {
  const scanner = createScanner(true, undefined, text);
  const tokens: Token[] = [];
  /** For each template literal that is open: how many braces are open in its current substitution. */
  const substitutions: number[] = [];
  for (;;) {
    const kind = next(scanner, tokens.at(-1)?.kind, substitutions);
    if (kind === SyntaxKind.EndOfFile) return tokens;
    tokens.push({ kind, text: scanner.getTokenText(), value: scanner.getTokenValue() });
  }
}

/** The scanner leaves two things to its user: where a slash begins a regular expression and a brace ends a substitution. */
function next(scanner: Scanner, previous: SyntaxKind | undefined, substitutions: number[]): SyntaxKind {
  const kind = scanner.scan();
  const depth = substitutions.at(-1);
  if (kind === SyntaxKind.SlashToken || kind === SyntaxKind.SlashEqualsToken) {
    return previous !== undefined && closing.has(previous) ? kind : scanner.reScanSlashToken();
  }
  if (kind === SyntaxKind.TemplateHead) substitutions.push(0);
  if (depth === undefined) return kind;
  if (kind === SyntaxKind.OpenBraceToken) substitutions[substitutions.length - 1] = depth + 1;
  if (kind !== SyntaxKind.CloseBraceToken) return kind;
  if (depth > 0) {
    substitutions[substitutions.length - 1] = depth - 1;
    return kind;
  }
  const part = scanner.reScanTemplateToken(false);
  if (part === SyntaxKind.TemplateTail) substitutions.pop();
  return part;
}

function findImports(tokens: readonly Token[]): readonly Import[] {
  return tokens.flatMap(({ kind }, index) => {
    if (kind === SyntaxKind.ImportKeyword) return readImport(tokens.slice(index + 1));
    return kind === SyntaxKind.ExportKeyword ? readReexport(tokens.slice(index + 1)) : [];
  });
}

function readImport(rest: readonly Token[]): readonly Import[] {
  const [first, second] = rest;
  if (first?.kind === SyntaxKind.StringLiteral) return [{ specifier: first.value, names: [] }];
  if (first?.text === '(') return [{ specifier: second?.value ?? '', names: ['*'] }];
  return first?.text === '.' ? [] : readFrom(rest);
}

function readReexport(rest: readonly Token[]): readonly Import[] {
  const clause = rest[0]?.text === 'type' ? rest[1] : rest[0];
  return clause?.text === '{' || clause?.text === '*' ? readFrom(rest) : [];
}

/** `clause from 'specifier'`; nothing when the clause is that of a plain `export { … }`. */
function readFrom(rest: readonly Token[]): readonly Import[] {
  const brace = rest.findIndex(({ text }) => text === '}');
  const from = rest.findIndex(
    ({ text }, index) => text === 'from' && rest[index + 1]?.kind === SyntaxKind.StringLiteral,
  );
  const braced = rest.slice(0, 4).some(({ text }) => text === '{');
  if (from === -1 || (braced && from !== brace + 1)) return [];
  const clause = rest.slice(0, from).map(({ text }) => text);
  return [{ specifier: rest[from + 1]?.value ?? '', names: readNames(clause.join(' ')) }];
}

function readNames(clause: string): readonly string[] {
  if (/^type [^,]/.test(clause) && !clause.startsWith('type from')) return [];
  const [, before = '', named = ''] = /^([^{]*)(?:\{(.*)\})?/.exec(clause) ?? [];
  const names = named.split(',').map((name) => name.trim().split(' as ')[0] ?? '');
  const whole = before.split(',').map((name) => name.trim());
  return [
    ...whole.filter((name) => name !== '').map((name) => (name.startsWith('*') ? '*' : 'default')),
    ...names.filter((name) => name !== '' && !name.startsWith('type ')),
  ];
}
