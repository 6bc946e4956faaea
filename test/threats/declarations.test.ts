import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { threatClasses } from './classes.ts';
import { faultsOf, readDeclarations } from './declarations.ts';
import { publicRecord } from './public-record.ts';

test('every line that something can be tested of has a test, and no other has', () => {
  const files = globSync(['src/**/*.test.ts', 'test/**/*.ts']);
  const declarations = files.flatMap((file) => readDeclarations(file, readFileSync(file, 'utf8')));
  assert.deepEqual(faultsOf(declarations), []);
});

test('the public record has the classes of the lines, and identifiers of the right form', () => {
  assert.deepEqual(Object.keys(publicRecord), Object.keys(threatClasses));
  for (const id of Object.values(publicRecord).flatMap((entries) => Object.keys(entries))) {
    assert.match(id, /^CVE-20\d\d-\d{4,}$/);
  }
});

// Written as text, since the marker would count here too.
const marker = '// against';

test('a declaration is read off the comment before a title, with the block around it', () => {
  const source = `
${marker}: a/b
test('it is \${what}', () => {});
describe('the key', () => {
  ${marker}: a/b, a/c
  test("is none of \\"ours\\"", () => {});
});
inOneWorld<World>(
  'every route',
  open,
  {
    ${marker}: a/d
    'for nobody': async () => {},
    [\`of \${size}\`]: async () => {},
  },
);
  ${marker}: a/e
  scenario(\`of \${size}\`, async () => {});
`;
  assert.deepEqual(
    readDeclarations('x.ts', source).map(({ lines, title }) => [...lines, title]),
    [
      ['a/b', 'it is …'],
      ['a/b', 'a/c', 'the key: is none of "ours"'],
      ['a/d', 'every route: for nobody'],
      ['a/e', 'every route: of …'],
    ],
  );
  for (const after of ['const a = 1;', '', 'test(title, () => {});']) {
    assert.throws(() => readDeclarations('x.ts', `${marker}: a/b\n${after}\n`), /x\.ts: no title/);
  }
});

test('a line without a test, a test of no line, and a line that needs not wait are faults', () => {
  const classes = {
    a: { title: 'A', lines: { b: { text: 'b' }, c: { text: 'c', waitsFor: 'endpoint /c' as const } } },
  };
  assert.deepEqual(faultsOf([{ lines: ['a/b'] }], classes), []);
  assert.deepEqual(faultsOf([{ lines: ['a/c', 'a/d'] }], classes), [
    'a/d is no line of a class',
    'a/b has no test',
    'a/c has a test: it does not wait for endpoint /c',
  ]);
});
