import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statements as postgresql } from '../gen/statements/postgresql.ts';
import { statements as sqlite } from '../gen/statements/sqlite.ts';
import type { Engine } from './engine.ts';
import { createStatementCompiler, type StatementText } from './statement.ts';
import { createStores } from './stores.ts';

/** Has the stores ask for all of their statements; nothing else writes any. */
function openStores(written: Readonly<Record<string, StatementText>>): void {
  const loadWriter = () => assert.fail('a statement is not written: `npm run generate`');
  createStores({
    statement: createStatementCompiler({ written, loadWriter, encodeList: JSON.stringify }),
  } as Engine);
}

for (const [engine, written] of Object.entries({ sqlite, postgresql })) {
  test(`${engine}: every statement that the stores ask for is written`, () => {
    openStores(written);
    const [, ...allButOne] = Object.entries(written);
    assert.throws(() => openStores(Object.fromEntries(allButOne)), { code: 'ERR_ASSERTION' });
  });
}
