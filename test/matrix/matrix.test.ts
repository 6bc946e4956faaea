import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientDefaults } from '../../src/clients/defaults.ts';
import { metadataOf } from '../fixtures/discovery.ts';
import { startTestServer } from '../fixtures/running-server.ts';
import { cellsOf, expectedOf, type Row, type Sighting, titleOf, undecidedFields } from './cells.ts';
import { type Column, columns, endpointColumns, responseTypes } from './columns.ts';
import { fieldsWithoutRows, rules } from './rules.ts';
import { sightings } from './sightings.ts';
import { usual } from './usual.ts';
import { change, openMatrix, setOut } from './world.ts';

const fields = [...Object.keys(clientDefaults), 'id', 'revision', 'createdAt', 'updatedAt'];

test('every rule of a client is decided in every column, and every field has a rule or a reason', () => {
  assert.deepEqual(
    rules.flatMap((row) => cellsOf(row).faults),
    [],
  );
  assert.deepEqual(undecidedFields(fields, rules, fieldsWithoutRows), []);
});

test('every endpoint, grant and response type of the metadata has a column', async (context) => {
  const metadata = await metadataOf(await startTestServer(context));
  const endpoints = Object.keys(metadata).filter((name) => name.endsWith('_endpoint'));
  assert.deepEqual(endpoints.sort(), Object.keys(endpointColumns).sort());
  assert.deepEqual(metadata['response_types_supported']?.toSorted(), [...responseTypes].sort());
  // `implicit` is no grant of the token endpoint: response types have their columns.
  const grants = [...(endpointColumns['token_endpoint'] ?? []), 'implicit'];
  assert.deepEqual(metadata['grant_types_supported']?.toSorted(), grants.sort());
});

test('each rule does in each column what the matrix says, from the next request on', async (context) => {
  const world = await openMatrix(context);
  for (const row of rules) {
    const way = await setOut(world, row);
    await change(way);
    const { cells } = cellsOf(row);
    const seen: Record<string, Sighting> = {};
    const expected: Record<string, Sighting> = {};
    for (const column of Object.keys(sightings) as Column[]) {
      seen[column] = await sightings[column](way);
      expected[column] = expectedOf(cells.get(column) ?? 'open', usual[column]);
    }
    assert.deepEqual({ row: titleOf(row), ...seen }, { row: titleOf(row), ...expected });
  }
});

test('a column that is open or decided twice, and a field that is forgotten, are faults', () => {
  const row = (cells: Row['cells']): Row => ({ rule: 'name', change: { name: 'Store' }, cells });
  const title = 'name, {"name":"Store"}';
  const { faults } = cellsOf(row([[columns.slice(1), 'ok']]));
  assert.deepEqual(faults, [`${title}: "authorize code" is open`]);
  const twice = row([
    [columns, 'ok'],
    ['userinfo', 'ok'],
  ]);
  assert.deepEqual(cellsOf(twice).faults, [`${title}: "userinfo" is decided twice`]);
  const reasons = { id: 'It never changes.', name: 'It is only shown.' };
  assert.deepEqual(undecidedFields(['id', 'name', 'logo'], [row([])], reasons), [
    'name has rows, and a reason for having none',
    'logo has neither a row nor a reason',
  ]);
});
