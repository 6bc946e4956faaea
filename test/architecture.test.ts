import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { findBreaches, habits } from './architecture/habits.ts';
import { findForbiddenImports, layerOf, layers } from './architecture/layers.ts';
import { readSource } from './architecture/source.ts';

const root = new URL('../src/', import.meta.url);
const sources = globSync('**/*.ts', { cwd: root.pathname }).map((path) =>
  readSource(path.replaceAll('\\', '/'), readFileSync(new URL(path, root), 'utf8')),
);
const shipped = sources.filter(({ path }) => !path.endsWith('.test.ts'));

test('every file of src belongs to a layer', () => {
  assert.deepEqual(
    sources.map(({ path }) => path).filter((path) => layerOf(path) === undefined),
    [],
  );
  assert.equal(layerOf('services/client.ts'), undefined);
  assert.equal(layerOf('admin/soap/routes.ts'), undefined);
});

for (const [layer, allowed] of Object.entries(layers)) {
  test(`${layer} imports ${allowed.length === 0 ? 'nothing of ours' : `only itself, ${allowed.join(', ')}`}`, () => {
    const members = shipped.filter(({ path }) => layerOf(path) === layer);
    assert.deepEqual(members.flatMap(findForbiddenImports), []);
  });
}

for (const layer of Object.keys(layers)) {
  test(`an import that ${layer} may not have is found`, () => {
    const path = layer.endsWith('.ts') ? layer : `${layer}/file.ts`;
    const forbidden = Object.keys(layers).find((other) => other !== layer && !layers[layer]?.includes(other));
    const up = '../'.repeat(path.split('/').length - 1) || './';
    const imported = forbidden?.endsWith('.ts') ? forbidden : `${forbidden ?? 'cli/../..'}/file.ts`;
    for (const text of [
      `import { x } from '${up}${imported}';`,
      `import type { X } from '${up}${imported}';`,
      `export * from '${up}${imported}';`,
      `const x = await import('${up}${imported}');`,
    ]) {
      assert.equal(findForbiddenImports(readSource(path, text)).length, 1, text);
    }
  });
}

test('an import that stands in a comment, a string or a template is none', () => {
  const text = [
    "// import '../storage/a.ts';",
    'const a = "import \'../storage/b.ts\'";',
    ['const b = `$', '{{ c: `$', "{1}` }.c} import '../storage/c.ts'`;"].join(''),
    "const d = /import '..\\/storage/;",
  ];
  assert.deepEqual(readSource('clients/client.ts', text.join('\n')).imports, []);
});

for (const habit of habits) {
  test(habit.rule, () => assert.deepEqual(findBreaches(habit, sources), []));

  test(`a file that breaks it is found: ${habit.rule}`, () => {
    const { path, text } = habit.example;
    assert.equal(findBreaches(habit, [readSource(path, text)]).length, 1);
    assert.equal(
      findBreaches(habit, [readSource('kernel/clock.ts', 'export const a = new Date(0);')]).length,
      0,
    );
  });
}
